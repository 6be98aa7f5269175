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

static struct {
	FUNCTIONS(LIBRARY_POINTER)
} real;

static const struct library_symbol symbols[] = { FUNCTIONS(LIBRARY_SYMBOL) };

LIBRARY_GIVES(int, PQbackendPID, (const PGconn *conn), (conn))
LIBRARY_DOES(PQclear, (PGresult * res), (res))
LIBRARY_GIVES(char *, PQcmdStatus, (PGresult * res), (res))
LIBRARY_GIVES(char *, PQcmdTuples, (PGresult * res), (res))
LIBRARY_GIVES(PQconninfoOption *, PQconndefaults, (void), ())
LIBRARY_GIVES(PGconn *, PQconnectdb, (const char *conninfo), (conninfo))
LIBRARY_GIVES(PGconn *, PQconnectdbParams,
    (const char *const *keywords, const char *const *values, int expand_dbname),
    (keywords, values, expand_dbname))
LIBRARY_GIVES(int, PQconnectionNeedsPassword, (const PGconn *conn), (conn))
LIBRARY_GIVES(PQconninfoOption *, PQconninfo, (PGconn * conn), (conn))
LIBRARY_DOES(PQconninfoFree, (PQconninfoOption * connOptions), (connOptions))
LIBRARY_GIVES(PQconninfoOption *, PQconninfoParse,
    (const char *conninfo, char **errmsg), (conninfo, errmsg))
LIBRARY_GIVES(int, PQconsumeInput, (PGconn * conn), (conn))
LIBRARY_GIVES(int, PQenterPipelineMode, (PGconn * conn), (conn))
LIBRARY_GIVES(char *, PQerrorMessage, (const PGconn *conn), (conn))
LIBRARY_GIVES(PGresult *, PQexec, (PGconn * conn, const char *query),
    (conn, query))
LIBRARY_GIVES(PGresult *, PQexecParams,
    (PGconn * conn, const char *command, int nParams, const Oid *paramTypes,
	const char *const *paramValues, const int *paramLengths,
	const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths,
	paramFormats, resultFormat))
LIBRARY_GIVES(int, PQexitPipelineMode, (PGconn * conn), (conn))
LIBRARY_DOES(PQfinish, (PGconn * conn), (conn))
LIBRARY_GIVES(int, PQflush, (PGconn * conn), (conn))
LIBRARY_DOES(PQfreemem, (void *ptr), (ptr))
LIBRARY_GIVES(int, PQgetCopyData, (PGconn * conn, char **buffer, int async),
    (conn, buffer, async))
LIBRARY_GIVES(PGresult *, PQgetResult, (PGconn * conn), (conn))
LIBRARY_GIVES(int, PQgetisnull,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
LIBRARY_GIVES(int, PQgetlength,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
LIBRARY_GIVES(char *, PQgetvalue,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
LIBRARY_GIVES(int, PQisBusy, (PGconn * conn), (conn))
LIBRARY_GIVES(int, PQntuples, (const PGresult *res), (res))
LIBRARY_GIVES(char *, PQpass, (const PGconn *conn), (conn))
LIBRARY_GIVES(PGPing, PQpingParams,
    (const char *const *keywords, const char *const *values, int expand_dbname),
    (keywords, values, expand_dbname))
LIBRARY_GIVES(PGpipelineStatus, PQpipelineStatus, (const PGconn *conn), (conn))
LIBRARY_GIVES(int, PQpipelineSync, (PGconn * conn), (conn))
LIBRARY_GIVES(int, PQputCopyData,
    (PGconn * conn, const char *buffer, int nbytes), (conn, buffer, nbytes))
LIBRARY_GIVES(int, PQputCopyEnd, (PGconn * conn, const char *errormsg),
    (conn, errormsg))
LIBRARY_GIVES(char *, PQresultErrorField, (const PGresult *res, int fieldcode),
    (res, fieldcode))
LIBRARY_GIVES(ExecStatusType, PQresultStatus, (const PGresult *res), (res))
LIBRARY_GIVES(int, PQsendQuery, (PGconn * conn, const char *query),
    (conn, query))
LIBRARY_GIVES(int, PQsendQueryParams,
    (PGconn * conn, const char *command, int nParams, const Oid *paramTypes,
	const char *const *paramValues, const int *paramLengths,
	const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths,
	paramFormats, resultFormat))
LIBRARY_GIVES(PQnoticeReceiver, PQsetNoticeReceiver,
    (PGconn * conn, PQnoticeReceiver proc, void *arg), (conn, proc, arg))
LIBRARY_GIVES(int, PQsetnonblocking, (PGconn * conn, int arg), (conn, arg))
LIBRARY_GIVES(int, PQsocket, (const PGconn *conn), (conn))
LIBRARY_GIVES(ConnStatusType, PQstatus, (const PGconn *conn), (conn))
LIBRARY_GIVES(PGTransactionStatusType, PQtransactionStatus,
    (const PGconn *conn), (conn))

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
