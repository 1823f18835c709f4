# WeCom Mirror.  `make help` prints the targets.
#
# Out of tree: out/$(MODE)/, MODE=release|asan|cov|fuzz.  Every tool and path can be overridden.

MODE    ?= release
OUT     ?= out
BUILD   := $(OUT)/$(MODE)
PREFIX  ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
PYTHON  ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
PORT    ?= 8080
RUN_DIR ?= $(OUT)/run
T       ?= 20
SEED    ?=
MINUTES ?= 10

WARNINGS := -Wall -Wextra -Wpedantic -Wno-gnu-statement-expression -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -Wvla
WERROR  ?=
# gcc knows no -Wno-gnu-…: leave it out there, and the pedantic complaint about ({ }) with it
ifneq ($(findstring clang,$(CC)),clang)
WARNINGS := $(filter-out -Wno-gnu-statement-expression -Wpedantic,$(WARNINGS))
endif
HARDEN  := -fstack-protector-strong -fPIE
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_cov     := -O0 -g --coverage
CFLAGS_fuzz    := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LDFLAGS_asan   := -fsanitize=address,undefined
LDFLAGS_cov    := --coverage
LDFLAGS_fuzz   := -fsanitize=address,undefined
ifeq ($(MODE),fuzz)
CC      := clang
endif

PRODUCT_PACKAGES := fcgi libxml-2.0 libcrypto libcurl json-c libpq
SIM_PACKAGES := nettle json-c libcurl libmicrohttpd gnutls libpq
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PRODUCT_PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell $(PKG_CONFIG) --libs fcgi libxml-2.0 libcrypto libcurl json-c libpq 2>/dev/null) -lpthread

ALL_CFLAGS := -std=gnu11 $(WARNINGS) $(WERROR) $(HARDEN) $(CFLAGS_$(MODE)) -D_GNU_SOURCE -Iinclude $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(LDFLAGS_$(MODE)) $(LDFLAGS)

ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n'
else
say = @:
endif

COMMON_OBJECTS   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/common/*.c))
CALLBACK_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/callback/main.c,$(wildcard src/callback/*.c)))
SYNC_OBJECTS     := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/sync/main.c,$(wildcard src/sync/*.c)))
WEB_OBJECTS      := $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/web/main.c,$(wildcard src/web/*.c)))
API_OBJECTS      := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/api/*.c))
SIM_OBJECTS      := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sim/*.c))
UNIT_PROGRAMS    := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
FUZZ_PROGRAMS    := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FAULT_PROGRAMS   := $(patsubst tests/fault/%.c,$(BUILD)/fault/%,$(wildcard tests/fault/*.c))

PROGRAMS := $(BUILD)/wecom-callback $(BUILD)/wecom-sync $(BUILD)/wecom-web

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all sim unit unit-asan unit-asan-here unit-programs fault-programs replay fuzz fuzz-programs sql e2e \
        e2e-sync e2e-asan web pages sync soak fault documents check test test-all lint lint-all tidy coverage \
        bench bench-sync bench-reports run stop migrate report install uninstall clean help

all: $(PROGRAMS)

# a changed flag or compiler rebuilds
STAMP := $(BUILD)/.flags
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(shell mkdir -p $(BUILD); printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $(STAMP) || printf '%s\n' '$(FLAGS_NOW)' > $(STAMP))

$(BUILD)/%.o: %.c $(STAMP)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libcommon.a: $(COMMON_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/libcallback.a: $(CALLBACK_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/libapi.a: $(API_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(BUILD)/libweb.a: $(WEB_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
# what tests of any kind may need, in the order in which the linker looks
LIBRARIES := $(patsubst %,$(BUILD)/lib%.a,callback sync web api common)

$(BUILD)/wecom-callback: $(BUILD)/src/callback/main.o $(BUILD)/libcallback.a $(BUILD)/libcommon.a
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/libsync.a: $(SYNC_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/wecom-sync: $(BUILD)/src/sync/main.o $(BUILD)/libsync.a $(BUILD)/libapi.a $(BUILD)/libcommon.a
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/wecom-web: $(BUILD)/src/web/main.o $(BUILD)/libweb.a $(BUILD)/libapi.a $(BUILD)/libcommon.a
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/wecom-sim: EXTRA_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(SIM_PACKAGES))
$(BUILD)/wecom-sim: $(SIM_OBJECTS)
	$(say) LINK $@
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(SIM_PACKAGES)) -lpthread
sim: $(BUILD)/wecom-sim

# unit tests may wrap functions: a test names its own __wrap_ functions, the linker flags are read off its text
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARIES)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka $(if $(findstring transport,$*),-lmicrohttpd) \
	    $$(sed -nE 's/.*[^_a-zA-Z]__wrap_([a-zA-Z0-9_]+)\(.*/-Wl,--wrap=\1/p' tests/unit/$*.c | sort -u)
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(LIBRARIES)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

# --- tests ----------------------------------------------------------------------------------------------------------

REPORTS := $(OUT)/reports
PYTEST  := $(PYTHON) -B -m pytest -q -p no:cacheprovider -o junit_family=xunit1
# most of their time is waiting: so many files side by side
ASIDE    = -n $(1) --dist loadfile

# every program leaves a JUnit report; one that crashes, or leaks, leaves a torn one, which counts as a failure
define run-unit
@mkdir -p $(REPORTS)
@status=0; for t in $(UNIT_PROGRAMS); do \
    report=$(REPORTS)/$(1)-$$(basename $$t).xml; rm -f $$report; \
    CMOCKA_MESSAGE_OUTPUT=XML CMOCKA_XML_FILE=$$report timeout 900 $$t >$(REPORTS)/$(1)-$$(basename $$t).log 2>&1 || { \
        status=1; grep -q '<failure' $$report 2>/dev/null || echo torn >$$report; cat $(REPORTS)/$(1)-$$(basename $$t).log; }; \
done; exit $$status
endef

unit: $(UNIT_PROGRAMS)
	$(call run-unit,unit)
unit-asan:
	@$(MAKE) -s MODE=asan unit-asan-here
unit-asan-here: $(UNIT_PROGRAMS)
	$(call run-unit,unit-asan)

# golden inputs, seed corpora and kept crashes through each fuzzer once, then a short round of new ones
replay:
	@$(MAKE) -s MODE=fuzz fuzz-programs
	$(Q)tests/fuzz/round.sh $(OUT)/fuzz/fuzz $(OUT)/fuzz-corpus 3 $(REPORTS)/replay.xml
fuzz:
	@$(MAKE) -s MODE=fuzz fuzz-programs
	$(Q)tests/fuzz/round.sh $(OUT)/fuzz/fuzz $(OUT)/fuzz-corpus $(T) $(REPORTS)/fuzz.xml
fuzz-programs: $(FUZZ_PROGRAMS)

sql:
	@mkdir -p $(REPORTS)
	$(Q)tests/sql/run.sh $(REPORTS)

e2e: $(PROGRAMS) $(BUILD)/wecom-sim
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) $(call ASIDE,4) tests/e2e '--ignore-glob=*/test_sync_*' --junitxml=$(REPORTS)/e2e.xml
# of the reconciler
e2e-sync: $(PROGRAMS) $(BUILD)/wecom-sim
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) $(call ASIDE,4) tests/e2e/test_sync_*.py --junitxml=$(REPORTS)/e2e-sync.xml
# the pages with everything behind them: logins, installation, figures, attacks, and a real browser
web: $(PROGRAMS) $(BUILD)/wecom-sim
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) $(call ASIDE,3) tests/web --junitxml=$(REPORTS)/web.xml
# what parses and answers, again under AddressSanitizer and UBSan: a finding ends the worker, which every case notices
ASAN_CASES := verify events bad_input repeats secrets system_route attack
e2e-asan:
	@mkdir -p $(REPORTS)
	@$(MAKE) -s MODE=asan all sim
	$(Q)WECOM_BUILD=$(OUT)/asan $(PYTEST) $(call ASIDE,2) $(ASAN_CASES:%=tests/e2e/test_%.py) --junitxml=$(REPORTS)/e2e-asan.xml
# the reconciler in a storm, with fixed seeds; soak: fresh ones, until the minutes are over
sync: $(PROGRAMS) $(BUILD)/wecom-sim
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) -rP -n 2 tests/sync --junitxml=$(REPORTS)/sync.xml
soak: $(PROGRAMS) $(BUILD)/wecom-sim
	$(Q)$(PYTHON) -B tests/sync/soak.py --build $(BUILD) --minutes $(MINUTES) --seed "$(SEED)"
fault: $(PROGRAMS) $(BUILD)/wecom-sim fault-programs
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) $(call ASIDE,3) tests/fault --junitxml=$(REPORTS)/fault.xml
# the pages alone, in Chromium, before a stand-in server; axe-core comes from npm, as pinned, and stays in $(OUT)
AXE := $(OUT)/axe/node_modules/axe-core/axe.min.js
$(AXE): tests/pages/package.json tests/pages/package-lock.json
	@mkdir -p $(OUT)/axe && cp $^ $(OUT)/axe
	$(Q)cd $(OUT)/axe && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
pages: $(AXE)
	@mkdir -p $(REPORTS)
	$(Q)AXE=$(abspath $(AXE)) $(PYTEST) $(call ASIDE,2) tests/pages --junitxml=$(REPORTS)/pages.xml
documents: $(PROGRAMS)
	@mkdir -p $(REPORTS)
	$(Q)WECOM_BUILD=$(BUILD) $(PYTEST) tests/lint --junitxml=$(REPORTS)/documents.xml

check: all unit sql

test:
	@deploy/packages.sh build run test
	@$(MAKE) --no-print-directory test-all

test-all:
	@rm -rf $(REPORTS); mkdir -p $(REPORTS)
	@$(PYTHON) -B tests/harness/suites.py $(REPORTS)

unit-programs: $(UNIT_PROGRAMS)
fault-programs: $(FAULT_PROGRAMS)

lint:
	@deploy/packages.sh build run test
	@$(MAKE) --no-print-directory lint-all
lint-all:
	$(Q)tests/lint/code.sh

# one file a run: LLVM 14 takes every va_list of a second file for uninitialized.  Its object knows which headers it reads
TIDY := $(patsubst %.c,$(BUILD)/%.tidy,$(wildcard src/*/*.c))
tidy: $(TIDY)
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	$(say) TIDY $<
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- $(filter-out -Werror -O% -D_FORTIFY_SOURCE%,$(ALL_CFLAGS:-I/%=-isystem /%))
	$(Q)touch $@

coverage:
	@$(MAKE) -s MODE=cov all unit
	$(Q)cd $(OUT)/cov && gcov -r -s $(CURDIR) $$(find src -name '*.gcda') 2>/dev/null | \
	    grep -A1 "^File 'src" | paste - - - | awk '{print $$4, $$2}' | sort | tee coverage.txt

bench:
	@deploy/packages.sh build run bench
	@$(MAKE) --no-print-directory all sim $(BUILD)/bench/bench_parse $(BUILD)/bench/slow_flush.so
	$(Q)$(PYTHON) -B tests/bench/bench.py --build $(BUILD)
	@$(MAKE) --no-print-directory bench-sync
	@$(MAKE) --no-print-directory bench-reports

bench-sync: $(PROGRAMS) $(BUILD)/wecom-sim $(BUILD)/bench/bare_loop $(BUILD)/bench/bench_plan
	$(Q)$(PYTHON) -B tests/bench/bench_sync.py --build $(BUILD)

# each report over 400 days of 10 million events; QUICK=1: over a twentieth of it
bench-reports:
	$(Q)$(PYTHON) -B tests/bench/bench_reports.py $(if $(QUICK),--quick)

$(BUILD)/bench/%.so: tests/bench/%.c $(STAMP)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -fPIC -shared -o $@ $<
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARIES)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)
$(BUILD)/fault/%: $(BUILD)/tests/fault/%.o $(LIBRARIES)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka \
	    $$(sed -nE 's/.*[^_a-zA-Z]__wrap_([a-zA-Z0-9_]+)\(.*/-Wl,--wrap=\1/p' tests/fault/$*.c | sort -u)

# --- running --------------------------------------------------------------------------------------------------------

run:
	@deploy/packages.sh build run
	@$(MAKE) --no-print-directory -j2 all sim
	@exec $(PYTHON) -B tests/harness/run.py run --build $(BUILD) --run-dir $(RUN_DIR) --port $(PORT) \
	    $(if $(CONF),--conf $(CONF)) $(if $(SIM),--sim $(SIM))
stop:
	@$(PYTHON) -B tests/harness/run.py stop --run-dir $(RUN_DIR)

# DATABASE: libpq conninfo of a role that may create roles and schemas
migrate:
	@sql/migrate.sh "$(DATABASE)"

# R: a report by its name; CORP, FROM, TO, CUSTOMER, CSV=1: see sql/report.sh
report:
	@R='$(R)' CORP='$(CORP)' FROM='$(FROM)' TO='$(TO)' CUSTOMER='$(CUSTOMER)' CSV='$(CSV)' sql/report.sh "$(DATABASE)"

# --- installing -----------------------------------------------------------------------------------------------------

SHARE := $(DESTDIR)$(PREFIX)/share
install: all
	install -D -m 755 $(BUILD)/wecom-callback $(DESTDIR)$(PREFIX)/bin/wecom-callback
	install -D -m 755 $(BUILD)/wecom-sync $(DESTDIR)$(PREFIX)/bin/wecom-sync
	install -D -m 755 $(BUILD)/wecom-web $(DESTDIR)$(PREFIX)/bin/wecom-web
	install -D -m 644 src/callback/wecom-callback.8 $(SHARE)/man/man8/wecom-callback.8
	install -D -m 644 src/sync/wecom-sync.8 $(SHARE)/man/man8/wecom-sync.8
	install -D -m 644 src/web/wecom-web.8 $(SHARE)/man/man8/wecom-web.8
	for page in src/web/page/*; do \
	    [ ! -f "$$page" ] || install -D -m 644 "$$page" $(SHARE)/wecom-mirror/page/$${page##*/} || exit 1; \
	done
	install -D -m 644 deploy/etc/wecom-mirror.conf.5 $(SHARE)/man/man5/wecom-mirror.conf.5
	cd sql && find . -type f -exec install -D -m 644 {} $(abspath $(SHARE))/wecom-mirror/sql/{} \;
	chmod 755 $(SHARE)/wecom-mirror/sql/migrate.sh $(SHARE)/wecom-mirror/sql/report.sh
	for unit in wecom-callback wecom-sync wecom-web; do \
	    sed -e 's|/usr/local/bin/|$(PREFIX)/bin/|g' -e 's|/etc/wecom-mirror/|$(SYSCONFDIR)/wecom-mirror/|g' \
	        deploy/systemd/$$unit.service > $(BUILD)/$$unit.service && \
	    install -D -m 644 $(BUILD)/$$unit.service $(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit.service || exit 1; \
	done
	cd deploy && find nginx apache spawn-fcgi systemd prometheus etc -type f ! -name '*.5' \
	    -exec install -D -m 644 {} $(abspath $(SHARE))/doc/wecom-mirror/{} \;
	install -D -m 644 deploy/systemd/wecom-callback.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-callback.socket
	install -D -m 644 deploy/systemd/wecom-web.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-web.socket
	chmod 755 $(SHARE)/doc/wecom-mirror/spawn-fcgi/run
	install -D -m 644 deploy/systemd/wecom-mirror.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/wecom-mirror.conf
	install -D -m 644 deploy/systemd/wecom-mirror.tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/wecom-mirror.conf
	# settings are never overwritten
	[ -e $(DESTDIR)$(SYSCONFDIR)/wecom-mirror/wecom-mirror.conf ] || \
	    install -D -m 640 deploy/etc/wecom-mirror.conf $(DESTDIR)$(SYSCONFDIR)/wecom-mirror/wecom-mirror.conf
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/wecom-callback $(SHARE)/man/man8/wecom-callback.8 $(SHARE)/man/man5/wecom-mirror.conf.5 \
	    $(DESTDIR)$(PREFIX)/bin/wecom-sync $(SHARE)/man/man8/wecom-sync.8 $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-sync.service \
	    $(DESTDIR)$(PREFIX)/bin/wecom-web $(SHARE)/man/man8/wecom-web.8 $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-web.service \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-web.socket \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-callback.service $(DESTDIR)$(PREFIX)/lib/systemd/system/wecom-callback.socket
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/wecom-mirror.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/wecom-mirror.conf
	rm -rf $(SHARE)/wecom-mirror $(SHARE)/doc/wecom-mirror

help:
	@echo 'make run        everything on this machine with a simulated WeCom (PORT, RUN_DIR, CONF, SIM=0); Ctrl-C ends it'
	@echo 'make stop       end it from another shell'
	@echo 'make test       everything that proves it, ending in one line: N passed, M failed'
	@echo 'make check      build, unit and SQL tests: at every save'
	@echo 'make all        the programs, into out/release; MODE=asan|cov|fuzz for the others'
	@echo 'make unit unit-asan sql e2e e2e-sync e2e-asan web sync fault pages documents replay   one suite of the tests'
	@echo 'make soak       the reconciler in storms, MINUTES=10 of them, from SEED= on'
	@echo 'make fuzz T=60  every fuzzer for T seconds'
	@echo 'make bench      receiver and reconciler beside what bounds them, in one run; bench-sync: the reconciler alone'
	@echo 'make bench-reports   each report over 10 million events; QUICK=1: over a twentieth of it'
	@echo 'make lint       gcc and clang without warnings, clang-tidy, cppcheck, shellcheck'
	@echo 'make coverage   lines reached by the unit tests'
	@echo 'make migrate DATABASE=conninfo   bring a database to this schema'
	@echo 'make report R=name DATABASE=conninfo   one report; CORP=, FROM=, TO=, CUSTOMER=, CSV=1'
	@echo 'make install uninstall   DESTDIR, PREFIX, SYSCONFDIR'
	@echo 'make clean      everything built; not the data of make run'

clean:
	rm -rf $(OUT)/release $(OUT)/asan $(OUT)/cov $(OUT)/fuzz $(OUT)/lint $(OUT)/prepared $(OUT)/reports

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
