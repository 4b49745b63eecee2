gatescope_add_ui_test(compare_test SOURCES compare_test.cpp demo_chat.h)
gatescope_add_ui_test(find_test SOURCES find_test.cpp demo_chat.h)
