gatescope_add_ui_test(heatmap_test SOURCES heatmap_test.cpp synthetic_records.h)
gatescope_add_ui_test(panel_test SOURCES panel_test.cpp scripted_chat.h)
