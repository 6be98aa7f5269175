/*
 * libpq, which brings a score of other libraries: loaded when a PostgreSQL
 * store is opened, so that nobody else's start waits for it.  Its functions
 * stand here under their own names and call it; one that is used for the first
 * time is added to both lists.
 */
#include "store/postgres/postgres.h"
#include "sys/library.h"

#define FUNCTIONS(X)                                                           \
	X(PQbackendPID)                                                        \
	X(PQclear)                                                             \
	X(PQcmdStatus)                                                         \
	X(PQcmdTuples)                                                         \
	X(PQconndefaults)                                                      \
	X(PQconnectdb)                                                         \
	X(PQconnectdbParams)                                                   \
	X(PQconnectionNeedsPassword)                                           \
	X(PQconninfo)                                                          \
	X(PQconninfoFree)                                                      \
	X(PQconninfoParse)                                                     \
	X(PQconsumeInput)                                                      \
	X(PQenterPipelineMode)                                                 \
	X(PQerrorMessage)                                                      \
	X(PQexec)                                                              \
	X(PQexecParams)                                                        \
	X(PQexitPipelineMode)                                                  \
	X(PQfinish)                                                            \
	X(PQflush)                                                             \
	X(PQfreemem)                                                           \
	X(PQgetCopyData)                                                       \
	X(PQgetResult)                                                         \
	X(PQgetisnull)                                                         \
	X(PQgetlength)                                                         \
	X(PQgetvalue)                                                          \
	X(PQisBusy)                                                            \
	X(PQntuples)                                                           \
	X(PQpass)                                                              \
	X(PQpingParams)                                                        \
	X(PQpipelineStatus)                                                    \
	X(PQpipelineSync)                                                      \
	X(PQputCopyData)                                                       \
	X(PQputCopyEnd)                                                        \
	X(PQresultErrorField)                                                  \
	X(PQresultStatus)                                                      \
	X(PQsendQuery)                                                         \
	X(PQsendQueryParams)                                                   \
	X(PQsetNoticeReceiver)                                                 \
	X(PQsetnonblocking)                                                    \
	X(PQsocket)                                                            \
	X(PQstatus)                                                            \
	X(PQtransactionStatus)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is a name. */
#define POINTER(name) __typeof__(name) *name;

static struct {
	FUNCTIONS(POINTER)
} real;

#define SYMBOL(name) { #name, &real.name },
static const struct library_symbol symbols[] = { FUNCTIONS(SYMBOL) };

/* The functions of the library that this project calls, each by its own name.
 * Whoever begins loads the library first. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types, names and lists. */
#define GIVES(type, name, parameters, arguments)                               \
	type name parameters                                                   \
	{                                                                      \
		return real.name arguments;                                    \
	}
#define DOES(name, parameters, arguments)                                      \
	void name parameters                                                   \
	{                                                                      \
		real.name arguments;                                           \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

GIVES(int, PQbackendPID, (const PGconn *conn), (conn))
DOES(PQclear, (PGresult * res), (res))
GIVES(char *, PQcmdStatus, (PGresult * res), (res))
GIVES(char *, PQcmdTuples, (PGresult * res), (res))
GIVES(PQconninfoOption *, PQconndefaults, (void), ())
GIVES(PGconn *, PQconnectdb, (const char *conninfo), (conninfo))
GIVES(PGconn *, PQconnectdbParams,
    (const char *const *keywords, const char *const *values, int expand_dbname),
    (keywords, values, expand_dbname))
GIVES(int, PQconnectionNeedsPassword, (const PGconn *conn), (conn))
GIVES(PQconninfoOption *, PQconninfo, (PGconn * conn), (conn))
DOES(PQconninfoFree, (PQconninfoOption * connOptions), (connOptions))
GIVES(PQconninfoOption *, PQconninfoParse,
    (const char *conninfo, char **errmsg), (conninfo, errmsg))
GIVES(int, PQconsumeInput, (PGconn * conn), (conn))
GIVES(int, PQenterPipelineMode, (PGconn * conn), (conn))
GIVES(char *, PQerrorMessage, (const PGconn *conn), (conn))
GIVES(PGresult *, PQexec, (PGconn * conn, const char *query), (conn, query))
GIVES(PGresult *, PQexecParams,
    (PGconn * conn, const char *command, int nParams, const Oid *paramTypes,
	const char *const *paramValues, const int *paramLengths,
	const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths,
	paramFormats, resultFormat))
GIVES(int, PQexitPipelineMode, (PGconn * conn), (conn))
DOES(PQfinish, (PGconn * conn), (conn))
GIVES(int, PQflush, (PGconn * conn), (conn))
DOES(PQfreemem, (void *ptr), (ptr))
GIVES(int, PQgetCopyData, (PGconn * conn, char **buffer, int async),
    (conn, buffer, async))
GIVES(PGresult *, PQgetResult, (PGconn * conn), (conn))
GIVES(int, PQgetisnull, (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
GIVES(int, PQgetlength, (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
GIVES(char *, PQgetvalue, (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
GIVES(int, PQisBusy, (PGconn * conn), (conn))
GIVES(int, PQntuples, (const PGresult *res), (res))
GIVES(char *, PQpass, (const PGconn *conn), (conn))
GIVES(PGPing, PQpingParams,
    (const char *const *keywords, const char *const *values, int expand_dbname),
    (keywords, values, expand_dbname))
GIVES(PGpipelineStatus, PQpipelineStatus, (const PGconn *conn), (conn))
GIVES(int, PQpipelineSync, (PGconn * conn), (conn))
GIVES(int, PQputCopyData, (PGconn * conn, const char *buffer, int nbytes),
    (conn, buffer, nbytes))
GIVES(int, PQputCopyEnd, (PGconn * conn, const char *errormsg),
    (conn, errormsg))
GIVES(char *, PQresultErrorField, (const PGresult *res, int fieldcode),
    (res, fieldcode))
GIVES(ExecStatusType, PQresultStatus, (const PGresult *res), (res))
GIVES(int, PQsendQuery, (PGconn * conn, const char *query), (conn, query))
GIVES(int, PQsendQueryParams,
    (PGconn * conn, const char *command, int nParams, const Oid *paramTypes,
	const char *const *paramValues, const int *paramLengths,
	const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths,
	paramFormats, resultFormat))
GIVES(PQnoticeReceiver, PQsetNoticeReceiver,
    (PGconn * conn, PQnoticeReceiver proc, void *arg), (conn, proc, arg))
GIVES(int, PQsetnonblocking, (PGconn * conn, int arg), (conn, arg))
GIVES(int, PQsocket, (const PGconn *conn), (conn))
GIVES(ConnStatusType, PQstatus, (const PGconn *conn), (conn))
GIVES(PGTransactionStatusType, PQtransactionStatus, (const PGconn *conn),
    (conn))

#ifdef __APPLE__
#define FILE_NAME "libpq.5.dylib"
#else
#define FILE_NAME "libpq.so.5"
#endif

bool
libpq_load(struct md_error *e)
{
	static struct library library = { FILE_NAME, "a PostgreSQL store",
		symbols, sizeof(symbols) / sizeof(symbols[0]), MD_ESTORE,
		false };

	return library_load(&library, e);
}
