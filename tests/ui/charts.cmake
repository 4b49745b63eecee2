if(TARGET gatescope_ui_charts)
    gatescope_add_ui_test(charts_test SOURCES charts_test.cpp scripted_chat.h
        LIBRARIES gatescope_ui_charts Qt6::Charts)
endif()
