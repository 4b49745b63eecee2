# Engine, store and Qt's event loop together; no widget, so it runs under the sanitizers too.
gatescope_add_tests(bridge_test LABEL ui THREADED SOURCES bridge_test.cpp LIBRARIES gatescope_bridge Qt6::Test)
