gatescope_add_ui_test(compare_test SOURCES compare_test.cpp scripted_chat.h)
