# Builds one library for one variant from scratch: $(BUILD)/$(VARIANT)/lib/lib$(LIBRARY).a.
# Called by third_party.mk, which decides when and gives by the environment BRINK_CC, BRINK_CFLAGS
# and BRINK_INCLUDES.
.SUFFIXES:
.DELETE_ON_ERROR:
SOURCE := $(BUILD)/sources/$(LIBRARY)
LIB := $(BUILD)/$(VARIANT)/lib
OBJECTS := $(LIB)/$(LIBRARY)

# The core, both families, Ethernet and SNTP; what options leave out compiles to nothing.
FILES_lwip := $(addprefix src/,core/*.c core/ipv4/*.c core/ipv6/*.c netif/ethernet.c apps/sntp/sntp.c)
# All three of mbedTLS's libraries in one.
FILES_mbedtls := library/*.c
FILES_cjson := cJSON.c
FILES_mosquitto := lib/*.c
# net_* is given by mqtt/ over net/; the others are its helpers.
WITHOUT_mosquitto := $(addprefix lib/,net_mosq.c net_mosq_ocsp.c socks_mosq.c srv_mosq.c tls_mosq.c)

# Nested text is read by recursion: commands come from outside, and the image's stack is small.
FLAGS_cjson := -DCJSON_NESTING_LIMIT=64 -DCJSON_CIRCULAR_LIMIT=64 -include third_party/cjson/read_back.h

# Files on the path of every packet, for speed.
HOT_lwip := $(addprefix src/,core/inet_chksum.c core/pbuf.c core/tcp_in.c core/udp.c \
  core/ipv4/ip4.c netif/ethernet.c)

FILES := $(filter-out $(WITHOUT_$(LIBRARY):%=$(SOURCE)/%),$(wildcard $(FILES_$(LIBRARY):%=$(SOURCE)/%)))
FILES_O := $(FILES:$(SOURCE)/%.c=$(OBJECTS)/%.o)
HOT_O := $(HOT_$(LIBRARY):%.c=$(OBJECTS)/%.o)

# Paths in assertions and debug information begin with the library's name, wherever it is built.
FLAGS := $(BRINK_CFLAGS) -w -ffile-prefix-map=$(BUILD)/sources/= -ffile-prefix-map=$(CURDIR)=. $(FLAGS_$(LIBRARY)) $(BRINK_INCLUDES)

$(LIB)/lib$(LIBRARY).a: $(FILES_O)
	rm -f $@.new
	ar rcs $@.new $^
	mv $@.new $@

$(HOT_O): FLAGS += -O2

# mqtt/ has its own util__random_bytes, on the kernel's generator. Mosquitto's stands among
# functions that are needed, so here it gets another name, which nobody calls and the linker drops.
$(OBJECTS)/lib/util_mosq.o: FLAGS += -Dutil__random_bytes=mosquitto_random_bytes_unused

# Its assembler has labels and jumps in statements of their own, which link-time optimisation would tear apart.
$(OBJECTS)/library/aesni.o: FLAGS += -fno-lto

# See the header.
$(OBJECTS)/library/ssl_tls12_client.o: FLAGS += -I $(SOURCE)/library -include third_party/mbedtls/tls12_pss.h

# Always: that this runs at all means that flags or options have changed.
$(OBJECTS)/%.o: $(SOURCE)/%.c always
	@mkdir -p $(@D)
	$(BRINK_CC) $(FLAGS) -c $< -o $@
always:
.PHONY: always
