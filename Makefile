# XEXEC for Dovecot.   make | make demo | make test | make install | make lint

DESTDIR     =
PREFIX      = /usr/local
# the sample programs
PROGRAMSDIR = $(PREFIX)/lib/xexec
DOCDIR      = $(PREFIX)/share/doc/dovecot-xexec
# the snippet, ready to be copied to Dovecot's conf.d
EXAMPLEDIR  = $(DOCDIR)/examples

SWIFT  = swift
SWIFTC = swiftc
CC     = gcc
BUILD  = .build/plugin
PLUGIN = $(BUILD)/lib10_xexec_plugin.so

# What Dovecot was built with: the folder of its modules, its headers and
# flags. The package dovecot-dev brings this file.
DOVECOT_CONFIG := $(firstword $(wildcard /usr/lib/dovecot/dovecot-config \
	/usr/local/lib/dovecot/dovecot-config /usr/lib64/dovecot/dovecot-config))
dovecot = $(shell test -f "$(DOVECOT_CONFIG)" && . "$(DOVECOT_CONFIG)" && printf %s "$$$(1)")

MODULEDIR       = $(call dovecot,dovecot_moduledir)
DOVECOT_INCLUDE = $(call dovecot,LIBDOVECOT_INCLUDE)
# link-time optimisation has nothing to add to a plugin
DOVECOT_CFLAGS  = $(filter-out -flto% -ffat-lto-objects,$(call dovecot,DOVECOT_CFLAGS))

CFLAGS     = $(DOVECOT_CFLAGS) $(DOVECOT_INCLUDE) -ICShim/include -DHAVE_CONFIG_H \
	-fPIC -fvisibility=default -ffunction-sections
# Embedded Swift: no runtime, no library but libc
SWIFTFLAGS = -parse-as-library -wmo -Osize -enable-experimental-feature Embedded \
	-enforce-exclusivity=unchecked -swift-version 6 -warnings-as-errors \
	-Xcc -fPIC -Xcc -ffunction-sections -Xfrontend -function-sections \
	-I CShim/include -module-name XexecCore
LDFLAGS    = -shared -Wl,--version-script=CShim/xexec_plugin.map -Wl,--gc-sections \
	-Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,--hash-style=gnu

C_SOURCES     = $(wildcard CShim/*.c)
C_OBJECTS     = $(C_SOURCES:CShim/%.c=$(BUILD)/%.o)
HEADERS       = $(wildcard CShim/*.h CShim/include/*)
SWIFT_SOURCES = $(wildcard Sources/XexecCore/*.swift)

.PHONY: all
all: $(PLUGIN)

$(PLUGIN): $(C_OBJECTS) $(BUILD)/core.o CShim/xexec_plugin.map
	$(CC) $(LDFLAGS) -o $@ $(C_OBJECTS) $(BUILD)/core.o

$(BUILD)/%.o: CShim/%.c $(HEADERS) Makefile | $(BUILD)
	$(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/core.o: $(SWIFT_SOURCES) $(HEADERS) Makefile | $(BUILD)
	$(SWIFTC) $(SWIFTFLAGS) -c -o $@ $(SWIFT_SOURCES)

$(BUILD):
	mkdir -p $@
