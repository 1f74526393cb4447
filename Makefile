# XEXEC for Dovecot.
#
#   make            build the plugin, the programs of its modules and the check of the configuration (make plugin,
#                   make modules, make xexec-check: only one of them)
#   make install    install what has been built: plugin, programs, snippets, documents (DESTDIR=, PREFIX=, ...);
#                   make install-plugin leaves out all modules but the example
#   make uninstall  remove it again, unless Dovecot still loads the plugin
#   make demo       show a session on a private Dovecot; KEEP=1 leaves that running, CLUSTER=1 shows two of them behind a
#                   login proxy
#   make test       run all tests
#   make lint       check the formatting, the C by compiler and analyzer, and the links of the documents
#   make asan       run the unit tests under AddressSanitizer
#   make fuzz       run libFuzzer on the core: FUZZ_SECONDS=60
#   make memcheck   run the plugin in real imap processes under valgrind
#   make soak       put load on it: SOAK_SECONDS=60, SOAK_CONNECTIONS=500
#   make bench      measure what the plugin and a module weigh and how fast they are; make bench-smoke is brief
#   make test-on    run tests on another release of Debian, as root: RELEASE=trixie (sid, bookworm), ON="test memcheck demo"
#   make clean      remove all that was built
#
# The commands from make demo to make bench install what they need from Debian's packages. make setup does only that.

DESTDIR     =
PREFIX      = /usr/local
# the programs of the modules
PROGRAMSDIR = $(PREFIX)/lib/xexec
# the check of the configuration
SBINDIR     = $(PREFIX)/sbin
DOCDIR      = $(PREFIX)/share/doc/dovecot-xexec
# the snippet, ready to be copied to Dovecot's conf.d
EXAMPLEDIR  = $(DOCDIR)/examples
# where Dovecot's configuration is, for make uninstall to look
CONFDIR     = /etc/dovecot

# Swift: of PATH, or where it is put and PATH is often not told
SWIFT_PLACES = /opt/swift/usr/bin /usr/local/swift/usr/bin $(HOME)/.local/share/swiftly/bin $(HOME)/swift/usr/bin
swift_bin   := $(dir $(firstword $(shell command -v swiftc 2>/dev/null) $(wildcard $(SWIFT_PLACES:%=%/swiftc))))
SWIFT  = $(swift_bin)swift
SWIFTC = $(swift_bin)swiftc
# Debian's swiftlang 6.2.3 has a module for tests that use Foundation, and not its library
swift_lib   := $(dir $(realpath $(shell command -v $(SWIFTC) 2>/dev/null)))../lib/swift/linux
NO_OVERLAYS := $(if $(wildcard $(swift_lib)/_Testing_Foundation.swiftmodule),$(if \
	$(wildcard $(swift_lib)/lib_Testing_Foundation.so),,-Xswiftc -Xfrontend -Xswiftc -disable-cross-import-overlays))
CC     = gcc
BUILD  = .build/plugin
STRIP  = -s
DEBUG  =
PLUGIN = $(BUILD)/lib10_xexec_plugin.so
# What the settings of Dovecot 2.4 are, for its config process to know them
SETTINGS_MODULE = $(if $(filter-out 23,$(DOVECOT_SERIES)),$(BUILD)/settings/libxexec_settings.so)
# The programs: ordinary Swift, with its libraries and those of C++ inside. A server needs no Swift, and the loader has
# next to nothing to do.
MODULES       = .build/release/xexec-modules
MODULES_FLAGS = --configuration release --static-swift-stdlib --product xexec-modules \
	-Xlinker -s -Xlinker -L$(abspath $(STATIC)) -Xswiftc -Xclang-linker -Xswiftc -static-libgcc
# a folder where the linker finds libstdc++ as an archive alone; Swift asks for it by -lstdc++
STATIC        = .build/static
CHECK         = .build/release/xexec-check
CHECK_FLAGS   = $(MODULES_FLAGS:xexec-modules=xexec-check)

# What Dovecot was built with: the folder of its modules, its headers and
# flags. The package dovecot-dev brings this file.
DOVECOT_CONFIG := $(firstword $(wildcard /usr/lib/dovecot/dovecot-config \
	/usr/local/lib/dovecot/dovecot-config /usr/lib64/dovecot/dovecot-config))
dovecot = $(shell test -f "$(DOVECOT_CONFIG)" && . "$(DOVECOT_CONFIG)" && printf %s "$$$(1)")

MODULEDIR       = $(call dovecot,dovecot_moduledir)
DOVECOT_INCLUDE = $(call dovecot,LIBDOVECOT_INCLUDE)
# 23 or 24: each has settings of its own
DOVECOT_SERIES := $(shell sed -n 's/^\#define DOVECOT_ABI_VERSION "\([0-9]*\)\.\([0-9]*\)\..*/\1\2/p' \
	"$(call dovecot,dovecot_pkgincludedir)/config.h" 2>/dev/null)
# link-time optimisation has nothing to add to a plugin
DOVECOT_CFLAGS  = $(filter-out -flto% -ffat-lto-objects,$(call dovecot,DOVECOT_CFLAGS))

CFLAGS     = $(DOVECOT_CFLAGS) $(DOVECOT_INCLUDE) $(CORE_INCLUDES) -DHAVE_CONFIG_H \
	-fPIC -fvisibility=default -ffunction-sections
CORE_INCLUDES = -I CShim/include -I Sources/CSpawn/include
# functions begin at multiples of 4 and not of 16: 2 kB less
ALIGNMENT  = -Xllvm -align-all-functions=2
# whom the core's "package" declarations are for: the package manager says it by itself
PACKAGE_NAME = dovecot_xexec
# Embedded Swift: no runtime, no library but libc
SWIFTFLAGS = -target $(shell uname -m)-unknown-linux-gnu -parse-as-library -wmo -O \
	-enable-experimental-feature Embedded -swift-version 6 -warnings-as-errors \
	-Xcc -fPIC -Xcc -ffunction-sections -Xfrontend -function-sections $(ALIGNMENT) \
	$(CORE_INCLUDES) -package-name $(PACKAGE_NAME) -module-name XexecCore $(DEBUG)
# noseparate-code: two mappings instead of four, at every login; pack-relative-relocs: 1 kB less
LDFLAGS    = -shared $(STRIP) -Wl,--version-script=CShim/xexec_plugin.map -Wl,--gc-sections \
	-Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,-z,noseparate-code -Wl,--hash-style=gnu -Wl,-z,pack-relative-relocs

OTHER_SERIES  = $(filter-out %_$(DOVECOT_SERIES).c,$(wildcard CShim/*_2[0-9].c))
C_SOURCES     = $(filter-out $(OTHER_SERIES),$(wildcard CShim/*.c Sources/CSpawn/*.c))
C_OBJECTS     = $(patsubst %.c,$(BUILD)/%.o,$(notdir $(C_SOURCES)))
HEADERS       = $(wildcard CShim/*.h CShim/include/* Sources/CSpawn/include/*)
vpath %.c CShim Sources/CSpawn
SWIFT_SOURCES = $(wildcard Sources/XexecCore/*.swift)

.PHONY: all plugin modules xexec-check compiler
all: plugin modules xexec-check

compiler:
	@command -v $(SWIFTC) >/dev/null || { \
		echo "There is no $(SWIFTC). Swift 6 is Debian's package swiftlang, from Debian 13 on, or comes from swift.org." \
			"If it is here, say where: make SWIFT=/path/to/swift SWIFTC=/path/to/swiftc" >&2; exit 1; }

# needs no network, unlike the modules
plugin: $(PLUGIN) $(SETTINGS_MODULE)

# the package manager knows what has to be done
modules: compiler $(STATIC)/libstdc++.a
	$(SWIFT) build $(MODULES_FLAGS)

xexec-check: compiler $(STATIC)/libstdc++.a
	$(SWIFT) build $(CHECK_FLAGS)

$(STATIC)/libstdc++.a:
	@mkdir -p $(@D)
	@ln -sf "$$($(CC) -print-file-name=$(@F))" $@

$(PLUGIN): $(C_OBJECTS) $(BUILD)/core.o CShim/xexec_plugin.map
	$(CC) $(LDFLAGS) -o $@ $(C_OBJECTS) $(BUILD)/core.o

# what reads them in imap is dropped here
$(BUILD)/settings/libxexec_settings.so: $(BUILD)/xexec_settings_24.o CShim/xexec_settings.map
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS:%/xexec_plugin.map=%/xexec_settings.map) -o $@ $<

$(BUILD)/%.o: %.c $(HEADERS) Makefile | $(BUILD)
	$(CC) $(CFLAGS) -Os -c -o $@ $<

$(BUILD)/core.o: $(SWIFT_SOURCES) $(HEADERS) Makefile | $(BUILD) compiler
	@rm -f $@ # swiftc leaves an object alone that would not change, other flags or not
	$(SWIFTC) $(SWIFTFLAGS) -c -o $@ Sources/XexecCore/*.swift

$(BUILD):
	mkdir -p $@

# --- Set-up -------------------------------------------------------------------

# to build the plugin and its modules, and for Swift's own programs to run; and further what the demo and the tests
# talk to
PACKAGES = gcc libc6-dev dovecot-dev libssl-dev $(LIBCURL) g++ libncurses6 libsqlite3-0 libxml2 \
	dovecot-imapd dovecot-lmtpd dovecot-sieve postfix zlib1g-dev valgrind libc6-dbg
# the headers of any libcurl will do
LIBCURL  = $(shell echo '\#include <curl/curl.h>' | $(CC) -E -o /dev/null - 2>/dev/null || echo libcurl4-openssl-dev)
# for the tests: the IMAP libraries of Tests/Clients, what they are written in, and a clock that goes back
TEST_PACKAGES = libfaketime python3 perl libmail-imapclient-perl libmail-imaptalk-perl \
	libnet-imap-client-perl libnet-imap-simple-perl php-cli python3-venv \
	python3-imaplib2 ruby
# not every release has these: further plugins of Dovecot to test beside, and libraries of clients
EXTRAS   = dovecot-antispam dovecot-fts-xapian libc-client2007e-dev libetpan20 libetpan20t64 php-horde-imap-client
missing  = $(shell for package in $(1); do \
	dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q ' installed$$' || echo $$package; done)
AS_ROOT  = $(if $(filter-out 0,$(shell id -u)),sudo)
INSTALL  = $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive \
	apt-get install -q -y --no-install-recommends --no-remove

define install_packages
	@missing="$(call missing,$(1))"; if [ -n "$$missing" ]; then \
		echo "Installing from Debian's packages: $$missing"; \
		echo "(Where there is an init system, Debian starts the servers it installs. They are not used here.)"; \
		$(AS_ROOT) apt-get update -q && $(INSTALL) $$missing; \
	fi
endef

# Debian's own compiler, if there is none and the release has one
SWIFTLANG = $(shell command -v $(SWIFTC) >/dev/null || ! apt-cache show swiftlang >/dev/null 2>&1 || echo swiftlang)

.PHONY: setup setup-packages setup-swift setup-tests
setup: setup-swift
	@$(MAKE) --no-print-directory compiler

setup-packages:
	$(call install_packages,$(PACKAGES))

# after them, when apt knows what there is
setup-swift: setup-packages
	$(call install_packages,$(SWIFTLANG))

setup-tests: setup
	$(call install_packages,$(TEST_PACKAGES))
	@extras=$$(for package in $(call missing,$(EXTRAS)); do \
		apt-cache show $$package >/dev/null 2>&1 && echo $$package; done); \
	if [ -n "$$extras" ]; then \
		echo "Installing from Debian's packages, to test beside them:" $$extras; \
		$(INSTALL) $$extras || for package in $$extras; do \
			$(INSTALL) $$package || echo "Without $$package, then."; \
		done; \
	fi

# --- Demo and tests -----------------------------------------------------------

# before a command that starts a Dovecot
WITH_SETTINGS = $(if $(SETTINGS_MODULE),sh Tests/with-settings.sh $(abspath $(SETTINGS_MODULE)))

# in a make of their own, which sees what the set-up has installed
TASKS = demo test lint asan fuzz memcheck soak bench bench-smoke
.PHONY: $(TASKS)
test lint: setup-tests
$(TASKS): setup
	@$(MAKE) --no-print-directory run-$@

.PHONY: $(TASKS:%=run-%)
run-demo: all
	$(SWIFT) build $(NO_OVERLAYS) --product xexec-demo
	@KEEP=$(KEEP) CLUSTER=$(CLUSTER) XEXEC_PLUGIN=$(abspath $(PLUGIN)) XEXEC_MODULES=$(abspath $(MODULES)) \
		$(WITH_SETTINGS) .build/debug/xexec-demo

# for instance TEST_FLAGS="--filter Relay"
TEST_FLAGS =

run-test: all clients
	XEXEC_PLUGIN=$(abspath $(PLUGIN)) XEXEC_MODULES=$(abspath $(MODULES)) XEXEC_CHECK=$(abspath $(CHECK)) \
		$(WITH_SETTINGS) $(SWIFT) test $(NO_OVERLAYS) $(TEST_FLAGS)

# Another release: in a folder of its own, which is kept. With that release's compiler, if it has one; SWIFT_FROM=host
# takes the one of this machine. FRESH=1 installs the release anew.
RELEASE    =
ON         = test memcheck demo
SWIFT_FROM =
FRESH      =
MIRROR     = http://deb.debian.org/debian

.PHONY: test-on
test-on:
	@exec env RELEASE="$(RELEASE)" ON="$(ON)" SWIFT_FROM="$(SWIFT_FROM)" SWIFTC="$(SWIFTC)" FRESH="$(FRESH)" MIRROR="$(MIRROR)" \
		TEST_FLAGS="$(TEST_FLAGS)" SOAK_SECONDS="$(SOAK_SECONDS)" BENCH_PARTS="$(BENCH_PARTS)" \
		sh Tests/OtherReleases/test-on.sh

# What Tests/Clients want and Debian's packages cannot bring here: libraries of PyPI, and two packages
# that are unpacked only, since one wants a web server and one another libcurl than ours. Without them
# the tests say so, and go on with the other clients.
CLIENTS = .build/clients
CLIENT_CFLAGS = -std=gnu11 -O1 -I$(CLIENTS)/unpacked/usr/include -Wall -Wextra

.PHONY: clients
clients: $(CLIENTS)/venv/complete $(CLIENTS)/unpacked/complete

$(CLIENTS)/venv/complete:
	@/usr/bin/python3 -m venv --system-site-packages $(@D) && \
		$(@D)/bin/pip install -q --disable-pip-version-check IMAPClient aioimaplib && touch $@ || \
		echo "No IMAPClient and aioimaplib: PyPI cannot be reached."

$(CLIENTS)/unpacked/complete:
	@mkdir -p $(@D) && cd $(@D) && \
		apt-get download -qq -o APT::Sandbox::User=root roundcube-core libetpan-dev && \
		for package in *.deb; do dpkg-deb -x $$package . || exit 1; done && rm *.deb && touch $(@F) || \
		echo "No Roundcube and no libetpan: Debian's packages cannot be reached."

# gcc 14 and newer take what dup2() puts on stdin for a leak
ANALYZER = -Werror -fanalyzer -Wno-analyzer-fd-leak

run-lint: clients
	python3 Tests/Documents/links.py .
	@version=$$(sed -n 's/^#define XEXEC_VERSION "\(.*\)"/\1/p' CShim/include/xexec_version.h); \
		grep -q "^## $$version " CHANGELOG.md || { echo "CHANGELOG.md has no version $$version" >&2; exit 1; }
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks
	for source in $(C_SOURCES) $(BENCH_SOURCES) $(wildcard Sources/CCurl/*.c); do \
		$(CC) $(CFLAGS) -IBenchmarks/CBench/include -ISources/CCurl/include $(ANALYZER) -c -o /dev/null $$source || exit 1; \
	done
	for source in Tests/Clients/*.c; do \
		$(CC) $(CLIENT_CFLAGS) -E $$source >/dev/null 2>&1 || { echo "not checked, without its library: $$source"; continue; }; \
		$(CC) $(CLIENT_CFLAGS) $(ANALYZER) -c -o /dev/null $$source || exit 1; \
	done

FUZZERS      = SettingsFuzzer ResponseFuzzer RelayFuzzer
FUZZ_SECONDS = 60
# further flags of libFuzzer: FUZZ_FLAGS=-seed=1
FUZZ_FLAGS   =
# Ordinary Swift. No trace-cmp: the references would spend most of the time in
# it. The toolchain's own lld: gold warns of every symbol of the sanitizer.
FUZZ_SWIFTFLAGS = -sanitize=fuzzer,address \
	-sanitize-coverage=edge,inline-8bit-counters,pc-table -use-ld=lld \
	-parse-as-library -wmo -O -swift-version 6 $(CORE_INCLUDES) -package-name $(PACKAGE_NAME)

run-fuzz: $(FUZZERS:%=.build/fuzz/%)
	@FUZZ_FLAGS="$(FUZZ_FLAGS)" sh Tests/Fuzz/run.sh .build/fuzz $$(($(FUZZ_SECONDS) / 3)) $(FUZZERS)

# each is one module with the core, to see what is inside
.build/fuzz/%Fuzzer: $(SWIFT_SOURCES) $(HEADERS) $(wildcard Tests/Fuzz/*/*.swift) \
		.build/fuzz/xexec_spawn.o Makefile
	$(SWIFTC) $(FUZZ_SWIFTFLAGS) -module-name $(@F) -o $@ .build/fuzz/xexec_spawn.o \
		Sources/XexecCore/*.swift Tests/Fuzz/Shared/*.swift Tests/Fuzz/$(@F)/*.swift

.build/fuzz/xexec_spawn.o: xexec_spawn.c $(HEADERS) Makefile
	@mkdir -p $(@D)
	$(CC) -O2 -fPIC $(CORE_INCLUDES) -c -o $@ $<

# XCTest itself leaks, and would end the run before it begins
run-asan:
	$(SWIFT) test --sanitize=address --disable-xctest --scratch-path .build/asan --filter XexecCoreTests

# with its names and lines, which valgrind reports
MEMCHECK_PLUGIN = .build/memcheck/$(notdir $(PLUGIN))

run-memcheck:
	@$(MAKE) --no-print-directory BUILD=.build/memcheck STRIP= DEBUG=-g
	$(SWIFT) build $(NO_OVERLAYS) --product xexec-memcheck
	@XEXEC_PLUGIN=$(abspath $(MEMCHECK_PLUGIN)) $(subst $(abspath $(BUILD)),$(abspath .build/memcheck),$(WITH_SETTINGS)) \
		.build/debug/xexec-memcheck

SOAK_SECONDS     = 60
SOAK_CONNECTIONS = 500

run-soak: plugin
	$(SWIFT) build $(NO_OVERLAYS) --product xexec-soak
	@XEXEC_PLUGIN=$(abspath $(PLUGIN)) SOAK_SECONDS=$(SOAK_SECONDS) \
		SOAK_CONNECTIONS=$(SOAK_CONNECTIONS) $(WITH_SETTINGS) .build/debug/xexec-soak

# the parts to measure, all if none are named: BENCH_PARTS="runs output"
BENCH_PARTS   =
BENCH_SOURCES = $(wildcard Benchmarks/*.c Benchmarks/CBench/*.c)
BENCH_TOOLS   = $(addprefix .build/bench/,lib10_bench_null_plugin.so lib10_bench_loader_plugin.so program usage)

run-bench: BENCH_FLAGS =
run-bench-smoke: BENCH_FLAGS = --smoke
run-bench run-bench-smoke: all $(BENCH_TOOLS)
	$(SWIFT) build -c release --product xexec-bench
	@XEXEC_PLUGIN=$(abspath $(PLUGIN)) XEXEC_MODULES=$(abspath $(MODULES)) XEXEC_BENCH_TOOLS=$(abspath .build/bench) \
		$(WITH_SETTINGS) .build/release/xexec-bench $(BENCH_FLAGS) $(BENCH_PARTS)

# as Debian builds Dovecot's own plugins
.build/bench/lib10_bench_%_plugin.so: Benchmarks/%_plugin.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -shared -s -Wl,-z,relro -Wl,-z,now -o $@ $<

.build/bench/program .build/bench/usage: .build/bench/%: Benchmarks/%.c Benchmarks/CBench/include/bench_lines.h Makefile
	@mkdir -p $(@D)
	$(CC) -O2 -IBenchmarks/CBench/include -o $@ $<

# --- Install ------------------------------------------------------------------

PROGRAMS = average
SNIPPETS = 90-xexec.conf 91-xexec-lists.conf 92-xexec-forwardmail.conf 93-xexec-changepassword.conf \
	94-xexec-smtp.conf
# of the Dovecot that the plugin was built for, as its file says: 2.3 or 2.4
SNIPPETS_FOLDER = dovecot-conf-snippets/$$(grep -aoE '[0-9]+\.[0-9]+\.ABIv' $(PLUGIN) | sed 's/\.ABIv//; q')
DOCS     = README.md PROTOCOL.md SECURITY.md CHANGELOG.md LICENSE
# in a folder of their own, as here: the documents link to each other
MORE_DOCS = $(addprefix docs/,BENCHMARKS.md CONFIGURATION.md DEMO.md DESIGN.md MODULES.md SECURITY-TESTS.md \
	UPGRADING.md)

# A program that the administrator has changed is theirs: it differs from the
# copy among the examples, which is as the last "make install" brought it.
is_theirs = [ -e $(DESTDIR)$(PROGRAMSDIR)/$(1) ] && \
	! cmp -s $(DESTDIR)$(PROGRAMSDIR)/$(1) $(DESTDIR)$(EXAMPLEDIR)/$(1)

# Installing builds nothing: as root there may be no compiler, and what it leaves here would be root's.
define require_built
	@test -f $(1) || { echo "$(1) is not there: run \"make $(2)\" first, as yourself" >&2; exit 1; }
endef

# "average" needs no more than a shell, and comes with the plugin
.PHONY: install install-plugin install-modules install-check
install: install-plugin install-modules install-check
	@echo "To switch it on: copy 90-xexec.conf, and the files of the modules that you want, from $(EXAMPLEDIR)" \
		"to /etc/dovecot/conf.d/, edit them, run $(SBINDIR)/xexec-check and \"doveadm reload\"" \
		"$(if $(SETTINGS_MODULE),(which is needed once before you copy them too))," \
		"and look at Dovecot's log"

install-plugin:
	$(call require_built,$(PLUGIN),plugin)
	@test -n "$(MODULEDIR)" || { echo "No module directory: install dovecot-dev, or give MODULEDIR=" >&2; exit 1; }
	install -d $(DESTDIR)$(MODULEDIR) $(DESTDIR)$(PROGRAMSDIR) $(DESTDIR)$(DOCDIR)/docs $(DESTDIR)$(EXAMPLEDIR)
	install -m 644 $(PLUGIN) $(DESTDIR)$(MODULEDIR)
	$(if $(SETTINGS_MODULE),install -d $(DESTDIR)$(MODULEDIR)/settings && \
		install -m 644 $(SETTINGS_MODULE) $(DESTDIR)$(MODULEDIR)/settings)
	@for program in $(PROGRAMS); do \
		if $(call is_theirs,$$program); then \
			echo "kept: $(PROGRAMSDIR)/$$program has changes of yours, the new one is in $(EXAMPLEDIR)"; \
		else \
			echo "install $$program $(DESTDIR)$(PROGRAMSDIR)"; \
			install -m 755 dovecot-conf-snippets/$$program $(DESTDIR)$(PROGRAMSDIR) || exit 1; \
		fi; \
		install -m 755 dovecot-conf-snippets/$$program $(DESTDIR)$(EXAMPLEDIR) || exit 1; \
	done
	@folder="$(SNIPPETS_FOLDER)"; for snippet in $(SNIPPETS); do \
		echo "install $$folder/$$snippet $(DESTDIR)$(EXAMPLEDIR)"; \
		sed 's,@programsdir@,$(PROGRAMSDIR),g' $$folder/$$snippet \
			>$(DESTDIR)$(EXAMPLEDIR)/$$snippet && \
		chmod 644 $(DESTDIR)$(EXAMPLEDIR)/$$snippet || exit 1; \
	done
	install -m 644 $(DOCS) $(DESTDIR)$(DOCDIR)
	install -m 644 $(MORE_DOCS) $(DESTDIR)$(DOCDIR)/docs

install-modules:
	$(call require_built,$(MODULES),modules)
	install -d $(DESTDIR)$(PROGRAMSDIR)
	install -m 755 $(MODULES) $(DESTDIR)$(PROGRAMSDIR)

install-check:
	$(call require_built,$(CHECK),xexec-check)
	install -d $(DESTDIR)$(SBINDIR)
	install -m 755 $(CHECK) $(DESTDIR)$(SBINDIR)

# Dovecot's own configuration, to see whether it still wants the plugin
DOVECONF = doveconf

# Without the plugin that its configuration names, Dovecot lets nobody log in. From 2.4 on it does not even start with a
# setting of the plugin, once the module is gone that knows these. A configuration that doveconf refuses is not the one
# that Dovecot runs with.
wants_plugin = case "$$settings" in \
	*"\# 2.3."*) echo "$$settings" | grep -q '^ *mail_plugins.*[ =]xexec\b';; \
	*) echo "$$settings" | grep -qE '^ *(xexec[ _]|mail_plugins.*[ =]xexec\b)';; esac
.PHONY: uninstall
uninstall:
	@test -n "$(DESTDIR)" || ! command -v $(firstword $(DOVECONF)) >/dev/null || { \
		settings=$$($(DOVECONF) -n 2>&1) || { \
			echo "Whether Dovecot loads the plugin is not known. Run this as root, or correct the configuration:"; \
			echo "$$settings" | grep -E 'Fatal|Error'; \
			echo "xexec-check says more, where the plugin is the cause"; exit 1; }; \
		! { $(wants_plugin); } || { \
			echo "Dovecot is configured to load the plugin. Without it nobody could log in. First"; \
			echo "  1. take xexec out of mail_plugins, and the files of the modules out of conf.d. Keep what logins and"; \
			echo "     mail still need of them (\"Remove\" in README.md says what):"; \
			grep -rnsE '^[^#]*(mail_plugins.*xexec|^ *xexec)' $(CONFDIR) | sed 's/^/       /'; \
			! echo "$$settings" | grep -q '^ *extra_groups = .*\bpasswords\b' || { \
				echo "     Keep \"extra_groups = passwords\" of service auth in particular. As long as a passdb reads"; \
				echo "     /var/lib/xexec-passwords, nobody can log in without it"; }; \
			echo "  2. run xexec-check, then doveadm reload, and log in once"; \
			echo "  3. make uninstall"; exit 1; }; \
	} >&2
	rm -f $(DESTDIR)$(MODULEDIR)/$(notdir $(PLUGIN)) $(DESTDIR)$(MODULEDIR)/settings/libxexec_settings.so \
		$(DESTDIR)$(PROGRAMSDIR)/$(notdir $(MODULES)) $(DESTDIR)$(SBINDIR)/$(notdir $(CHECK))
	@for program in $(PROGRAMS); do \
		if $(call is_theirs,$$program); then \
			echo "kept: $(PROGRAMSDIR)/$$program has changes of yours"; \
		else \
			echo "rm $(DESTDIR)$(PROGRAMSDIR)/$$program"; \
			rm -f $(DESTDIR)$(PROGRAMSDIR)/$$program; \
		fi; \
		rm -f $(DESTDIR)$(EXAMPLEDIR)/$$program; \
	done
	cd $(DESTDIR)$(DOCDIR) 2>/dev/null && rm -f $(DOCS) $(MORE_DOCS) $(addprefix examples/,$(SNIPPETS)) || true
	rmdir $(DESTDIR)$(EXAMPLEDIR) $(DESTDIR)$(DOCDIR)/docs $(DESTDIR)$(DOCDIR) $(DESTDIR)$(PROGRAMSDIR) 2>/dev/null || true

.PHONY: clean
clean:
	rm -rf .build
