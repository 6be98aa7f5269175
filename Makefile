# mdkit.  GNU make; `make help` says what there is to make.
#
# Objects go to $(B), so that several kinds of build live side by side:
#   make SAN=1         address and undefined-behaviour sanitizers, build-san/
#   make SAN=thread    thread sanitizer, build-tsan/
#   make CC=clang B=build-clang WERROR=1

# The version stands here; tests/package.bats holds what must repeat it.
VERSION := 0.2.0

PREFIX  ?= /usr/local
DESTDIR ?=
SAN     ?=
ifeq ($(origin CC),default)
CC      := $(if $(shell command -v ccache),ccache )cc
endif
WERROR  ?= $(if $(CI),1)

ifeq ($(SAN),)
B       ?= build
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT     := -O2
else ifeq ($(SAN),fuzz)
B       ?= build/fuzz
CC      := $(if $(shell command -v ccache),ccache )clang
SANFLAG := -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
OPT     := -O1
else ifeq ($(SAN),thread)
B       ?= build-tsan
SANFLAG := -fsanitize=thread -fno-omit-frame-pointer
OPT     := -O1
else
B       ?= build-san
# What is never set holds what no error, size or pointer is: it is found out.
SANFLAG := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -ftrivial-auto-var-init=pattern
OPT     := -O1
endif

# Expanded when a recipe runs: `make deps` may just have installed pkg-config.
# libcurl and libpq are loaded when a program needs them.
linked   = sqlite3 jansson libmicrohttpd zlib
PKG_INC  = $(shell pkg-config --cflags $(linked) libcurl libpq)
PKG_LIB  = $(shell pkg-config --libs $(linked)) -ldl

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wformat=2 -Wvla $(if $(WERROR),-Werror)
CFLAGS   ?= -g
override CPPFLAGS += -D_POSIX_C_SOURCE=200809L -DMD_VERSION='"$(VERSION)"' -Ilib
# No folder of the builder's is in what is built: it is the same bytes anywhere.
override CFLAGS   += -std=c11 $(OPT) $(WARN) $(HARDEN) $(SANFLAG) -fPIE -pthread \
	-ffile-prefix-map=$(CURDIR)=.
override LDFLAGS  += $(SANFLAG) -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack

# The library's rooms, the lowest first: each includes only those before it, as
# tools/rooms.sh holds.  The pure ones have no clock, no dice and no I/O.
rooms      := base sys pace market measure answer cli httpd plan mock polygon \
	store report backfill load baseline output serve
pure       := pace market answer plan

programs   := $(patsubst cmd/%.c,%,$(wildcard cmd/md*.c))
lib_obj    := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/*/*.c lib/*/*/*.c)))
unit_tests := $(patsubst tests/unit/%.c,$(B)/tests/%,\
	$(wildcard tests/unit/*/test_*.c))
shims      := $(patsubst tests/shim/%.c,$(B)/tests/%.so,\
	$(wildcard tests/shim/*.c))
benches    := $(patsubst tests/bench/%.c,$(B)/bench/%,\
	$(wildcard tests/bench/*.c))
fuzzers    := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,\
	$(wildcard tests/fuzz/*.c)))
# Without a fuzzer each target is a unit test, of its corpus.
unit_tests += $(patsubst %,$(B)/tests/fuzz/test_%,$(fuzzers))
schemas    := $(sort $(wildcard schema/*/*.sql))
text_obj   := $(patsubst %,$(B)/%.o,$(sort $(wildcard lib/*/*.css)))
manuals    := $(wildcard man/*.[157])
c_sources  := $(wildcard cmd/*.[ch] lib/*/*.[ch] lib/*/*/*.[ch] \
	tests/unit/*.[ch] tests/unit/*/*.[ch] tests/bench/*.[ch] \
	tests/fuzz/*.[ch] tests/shim/*.c tests/torture/*.c)
# This project's own rule: the pure rooms, and what they stand on, convert
# nothing silently.
strict     := $(addprefix base/,array buf error json mdtime number number_format \
	number_pow5) $(patsubst lib/%.c,%,$(wildcard $(addsuffix /*.c,\
	$(addprefix lib/,$(pure))))) baseline/bottleneck \
	load/http_reply load/threshold measure/histogram

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all bench check check-plain check-quick clean completions deps demo \
	dist format fuzz fuzzers help install lint package-check pictures rooms \
	sanitize sanitize-address sanitize-thread soak torture torture-quick \
	uninstall unit-tests version

# A make of ours, on all processors where nobody said how many.
processors = $(shell getconf _NPROCESSORS_ONLN)
submake    = $(MAKE) --no-print-directory \
	$(if $(filter -j%,$(MAKEFLAGS)),,-j$(processors))

## all          build the programs into $(B)/ (the default)
all: $(addprefix $(B)/,$(programs))

$(addprefix $(B)/,$(programs)): $(B)/%: $(B)/cmd/%.o $(B)/libmd.a
	$(CC) $(LDFLAGS) -o $@ $< $(B)/libmd.a $(PKG_LIB) -lm

$(B)/libmd.a: $(lib_obj) $(text_obj) $(B)/schema.o
	rm -f $@
	$(AR) qcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_INC) -MMD -MP -c -o $@ $<

$(addprefix $(B)/lib/,$(addsuffix .o,$(strict))): override CFLAGS += -Wconversion

$(B)/schema.c: $(schemas) tools/embed.sh
	@mkdir -p $(@D)
	sh tools/embed.sh $(schemas) >$@

$(B)/schema.o: $(B)/schema.c lib/store/schema.h
	$(CC) $(CPPFLAGS) $(CFLAGS) -Ilib/store -c -o $@ $<

$(B)/%.css.c: %.css tools/embed.sh
	@mkdir -p $(@D)
	sh tools/embed.sh --text $< >$@

$(text_obj): %.o: %.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/%: tests/unit/%.c $(B)/libmd.a tests/unit/tap.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_INC) -Itests/unit -MMD -MP -MF $@.d -MT $@ \
	    $(LDFLAGS) -o $@ $< $(B)/libmd.a $(PKG_LIB) -lm

$(B)/bench/%: tests/bench/%.c $(B)/libmd.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_INC) -MMD -MP -MF $@.d -MT $@ \
	    $(LDFLAGS) -o $@ $< $(B)/libmd.a $(PKG_LIB) -lm

$(B)/tests/%.so: tests/shim/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 $(WARN) -shared -fPIC -pthread -o $@ $< -ldl

$(B)/tests/fuzz/test_%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/libmd.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_INC) -Itests/unit \
	    -DFUZZ_CORPUS='"$(CURDIR)/tests/fuzz/corpus/$*"' $(LDFLAGS) \
	    -o $@ $< tests/fuzz/replay.c $(B)/libmd.a $(PKG_LIB) -lm

$(B)/fuzzer/%: tests/fuzz/%.c $(B)/libmd.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(PKG_INC) -MMD -MP -MF $@.d -MT $@ \
	    $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(B)/libmd.a $(PKG_LIB) -lm

# What `make fuzz` runs, built with SAN=fuzz.
fuzzers: $(addprefix $(B)/fuzzer/,$(fuzzers))

unit-tests: $(unit_tests) $(shims)

## deps         install the Debian packages that are missing, for every test
deps:
	@sh tools/deps.sh build check lint full

## demo         the main job on a bare machine: synthetic bars into SQLite
demo:
	@sh tools/deps.sh build
	@$(MAKE) --no-print-directory all
	@sh tools/demo.sh $(B)

## check        build, then all tests
check: rooms
	@sh tools/deps.sh build check
	@$(submake) all unit-tests
	@sh tests/run.sh $(B)

## rooms        is each file of the library in its room, and the order kept?
rooms:
	@sh tools/rooms.sh "$(rooms)" "$(pure)"

## check-quick  build, then the unit tests and the quick ones of each program
check-quick:
	@$(submake) all unit-tests
	@sh tests/run.sh --quick $(B)

## check-plain  what sanitize leaves to a plain build: all on PostgreSQL, figures
check-plain:
	@sh tools/deps.sh build check
	@$(submake) all unit-tests
	@MD_ENGINE=postgres sh tests/run.sh $(B) units stores timed

## lint         formatting, clang-tidy, manual pages, shell scripts
lint: rooms
	@sh tools/deps.sh build lint
	@$(submake) $(B)/schema.c
	sh tools/threads.sh >/dev/null
	clang-format --dry-run -Werror $(c_sources)
	printf '%s\n' $(wildcard lib/*/*.c lib/*/*/*.c cmd/*.c) | \
	    xargs -P $(processors) -n 8 sh tools/tidy.sh 2>/dev/null
	mandoc -Tlint -Wwarning $(manuals)
	shellcheck tools/*.sh tests/*.sh tests/bench/*.sh tests/fuzz/*.sh .ci/run \
	    $(filter-out debian/tests/control,$(wildcard debian/tests/*))
	shellcheck -s bash -x tests/*.bash

## sanitize     the tests under ASan+UBSan, what has threads under TSan
sanitize: sanitize-address
	@$(MAKE) --no-print-directory sanitize-thread

sanitize-address:
	@sh tools/deps.sh build check
	@$(submake) SAN=1 all unit-tests
	@MD_ENGINE=sqlite sh tests/run.sh build-san

sanitize-thread:
	@sh tools/deps.sh build check
	@$(submake) SAN=thread all
	@files=$$(sh tools/threads.sh) && MD_FIXTURES=1 \
	    MD_ENGINE=sqlite sh tests/run.sh build-tsan $$files

## fuzz         each parser against random input for TIME=60 s, JOBS at once
JOBS ?= $(processors)
FUZZ ?=
fuzz:
	@sh tools/deps.sh build fuzz
	@if command -v clang >/dev/null; then \
		$(submake) SAN=fuzz fuzzers; \
	else \
		echo "fuzz: skipped: it takes clang with its runtime" >&2; \
	fi
	@[ ! -d build/fuzz/fuzzer ] || \
	    sh tests/fuzz/run.sh build/fuzz $(or $(TIME),60) $(JOBS) $(FUZZ)

$(B)/torture/fail.so: tests/torture/fail.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 $(WARN) -shared -fPIC -o $@ $< -ldl

# What tests/torture/torture.py reads.
torture_env = STEP='$(STEP)' PROGRAMS='$(PROGRAMS)' CALLS='$(CALLS)' \
	ENGINES='$(ENGINES)' TIMES='$(TIMES)'

## torture      fail every STEP-th call; STEP, PROGRAMS, CALLS, ENGINES, TIMES
torture: all $(B)/torture/fail.so
	@$(torture_env) python3 tests/torture/torture.py $(B)

## torture-quick  a fixed few of them, on SQLite unless ENGINES says otherwise
torture-quick: all $(B)/torture/fail.so
	@$(torture_env) SAMPLES=1 STEP=1 ENGINES='$(or $(ENGINES),sqlite)' \
	    CALLS='memory write:ENOSPC send:ECONNRESET recv:ECONNRESET' \
	    python3 tests/torture/torture.py $(B)

## bench        measure all as ratios, or the part WHAT= (serve, covered...)
WHAT ?=
bench: all $(benches)
	@sh tests/bench/all.sh $(B) $(WHAT)

## soak         hostile clients for TIME seconds (300): is memory bounded?
soak: all
	@sh tests/soak.sh $(B) $(or $(TIME),300)

## completions  write completions/ anew from the programs' option tables
completions: all
	@sh tools/completions.sh $(B)

## format       lay the C sources out as .clang-format says
format:
	clang-format -i $(c_sources)

## install      programs, manual pages, completions into $(DESTDIR)$(PREFIX)
install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install $(addprefix $(B)/,$(programs)) $(DESTDIR)$(PREFIX)/bin
	for m in $(manuals); do \
		d=$(DESTDIR)$(PREFIX)/share/man/man$${m##*.}; \
		install -d $$d && install -m 644 $$m $$d || exit 1; done
	sh tools/completions.sh --install $(DESTDIR)$(PREFIX)/share
	install -d $(DESTDIR)$(PREFIX)/share/doc/mdkit/examples
	install -m 644 README.md CHANGELOG.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/mdkit
	install -m 644 $(wildcard examples/*) \
	    $(DESTDIR)$(PREFIX)/share/doc/mdkit/examples

## uninstall    take them away again
uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(programs))
	for m in $(notdir $(manuals)); do \
		rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$$m; done
	sh tools/completions.sh --uninstall $(DESTDIR)$(PREFIX)/share
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/mdkit

## dist         the source archive, dist/mdkit-VERSION.tar.gz
dist:
	@sh tools/dist.sh $(VERSION) dist

## pictures     the README's, of a run of the demo
pictures: all
	@sh tools/pictures.sh $(B) pictures

## version      say which
version:
	@echo $(VERSION)

## package-check  dist, the same bytes twice, Debian's package, the containers
package-check:
	@sh tools/deps.sh build check lint package
	@sh tests/reproducible.sh
	@sh tests/package.sh

## clean        remove what was built
clean:
	rm -rf build build-san build-tsan dist

## help         this list
help:
	@sed -n 's/^## //p' Makefile

-include $(lib_obj:.o=.d) $(text_obj:.o=.d) \
	$(patsubst %,$(B)/cmd/%.d,$(programs)) \
	$(addsuffix .d,$(unit_tests) $(benches))
