# Builds build/host/tests/integration/mqtt_probe, the small appliance of mqtt_host_test.py:
#   make -f tests/integration/mqtt_probe.mk mqtt_probe
include Makefile

MQTT_PROBE := $(BUILD)/host/tests/integration/mqtt_probe
.PHONY: mqtt_probe
mqtt_probe: $(MQTT_PROBE)
$(MQTT_PROBE): $(BUILD)/host/tests/integration/mqtt_probe.o $(BUILD)/host/libbrink.a $(HOST_LIBRARIES)
	@$(HOST_CC) -rdynamic -o $@ $< -Wl,--start-group $(BUILD)/host/libbrink.a $(HOST_LIBRARIES) -Wl,--end-group -lm
