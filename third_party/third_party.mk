# The libraries, for the image and for the host. Included by the top Makefile.
#
# Needs: BUILD, IMAGE_CC, IMAGE_CFLAGS, HOST_CC, HOST_CFLAGS.
# Gives: IMAGE_LIBRARIES and HOST_LIBRARIES, in the order in which they are linked;
#        LWIP_INCLUDES, MBEDTLS_INCLUDES, CJSON_INCLUDES, MOSQUITTO_INCLUDES;
#        the targets `packages` and `sources`.
# More variants: $(eval $(call third_party_variant,NAME,CC,CFLAGS_VARIABLE)) builds
# $(BUILD)/NAME/lib/lib*.a.

THIRD_PARTY_SOURCES := $(BUILD)/sources
THIRD_PARTY_STAMP := $(THIRD_PARTY_SOURCES)/versions
THIRD_PARTY_LIBRARIES := mosquitto mbedtls lwip cjson

LWIP_INCLUDES := -isystem third_party/lwip -isystem $(THIRD_PARTY_SOURCES)/lwip/src/include
# The options are named from the top folder, since each library has a config.h.
MBEDTLS_INCLUDES := -iquote . '-DMBEDTLS_CONFIG_FILE="third_party/mbedtls/config.h"' \
  -isystem $(THIRD_PARTY_SOURCES)/mbedtls/include
CJSON_INCLUDES := -isystem $(THIRD_PARTY_SOURCES)/cjson
# With the internal headers, which mqtt/ needs for the functions that stand in for net_mosq.c.
MOSQUITTO_INCLUDES := -isystem third_party/mosquitto \
  -isystem $(THIRD_PARTY_SOURCES)/mosquitto/include -isystem $(THIRD_PARTY_SOURCES)/mosquitto/lib \
  -isystem $(THIRD_PARTY_SOURCES)/mosquitto/deps

THIRD_PARTY_INCLUDES_lwip = $(LWIP_INCLUDES)
THIRD_PARTY_INCLUDES_mbedtls = $(MBEDTLS_INCLUDES)
THIRD_PARTY_INCLUDES_cjson = $(CJSON_INCLUDES)
THIRD_PARTY_INCLUDES_mosquitto = $(MOSQUITTO_INCLUDES)
THIRD_PARTY_OPTIONS_lwip := $(wildcard third_party/lwip/*.h third_party/lwip/arch/*.h)
THIRD_PARTY_OPTIONS_mbedtls := $(addprefix third_party/mbedtls/,config.h psa_config.h tls12_pss.h)
THIRD_PARTY_OPTIONS_cjson :=
THIRD_PARTY_OPTIONS_mosquitto := third_party/mosquitto/config.h

.PHONY: packages sources third_party_force
packages:
	@third_party/packages.sh $(BUILD)/log/packages.log
sources: $(THIRD_PARTY_STAMP)
$(THIRD_PARTY_STAMP): | packages
	@BUILD=$(BUILD) third_party/fetch.sh $(BUILD)/log/sources.log

# The flags are kept in a file that changes only when they do, and every library depends on it.
#   $(1) variant   $(2) compiler   $(3) name of the variable with its flags
define third_party_variant
$(BUILD)/$(1)/lib/flags: export BRINK_FLAGS = $(2) $$($(3))
$(BUILD)/$(1)/lib/flags: third_party_force
	@mkdir -p $$(@D); printf '%s\n' "$$$$BRINK_FLAGS" | cmp -s - $$@ || \
	  printf '%s\n' "$$$$BRINK_FLAGS" >$$@
$(foreach library,$(THIRD_PARTY_LIBRARIES),$(call third_party_library,$(1),$(2),$(3),$(library)))
endef

define third_party_library
$(BUILD)/$(1)/lib/lib$(4).a: export BRINK_CC = $(2)
$(BUILD)/$(1)/lib/lib$(4).a: export BRINK_CFLAGS = $$($(3))
$(BUILD)/$(1)/lib/lib$(4).a: export BRINK_INCLUDES = $$(THIRD_PARTY_INCLUDES_$(4))
$(BUILD)/$(1)/lib/lib$(4).a: $(THIRD_PARTY_OPTIONS_$(4)) $(BUILD)/$(1)/lib/flags third_party/library.mk \
    $(THIRD_PARTY_STAMP) $(if $(filter image,$(1)),$(BUILD)/image/musl/lib/libc.a)
	+@BUILD=$(BUILD) third_party/quietly.sh $(4) $(1) $$@ $$(MAKE) --no-print-directory \
	  -f third_party/library.mk BUILD=$(BUILD) VARIANT=$(1) LIBRARY=$(4)

endef

$(eval $(call third_party_variant,image,$(IMAGE_CC),IMAGE_CFLAGS))
$(eval $(call third_party_variant,host,$(HOST_CC),HOST_CFLAGS))

$(BUILD)/image/musl/lib/libc.a: third_party/musl/syscall_arch.h third_party/musl/atomic_arch.h third_party/musl/build.sh $(THIRD_PARTY_STAMP)
	+@BUILD=$(BUILD) MAKE='$(MAKE)' third_party/quietly.sh musl image $@ third_party/musl/build.sh \
	  $(BUILD)/sources/musl $(BUILD)/image/musl $(IMAGE_CC)

IMAGE_LIBRARIES := $(THIRD_PARTY_LIBRARIES:%=$(BUILD)/image/lib/lib%.a) $(BUILD)/image/musl/lib/libc.a
HOST_LIBRARIES := $(THIRD_PARTY_LIBRARIES:%=$(BUILD)/host/lib/lib%.a)
