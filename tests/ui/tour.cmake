gatescope_add_ui_test(tour_test SOURCES tour_test.cpp LIBRARIES gatescope_tour)
gatescope_add_ui_test(tour_play_test SOURCES tour_play_test.cpp scripted_chat.h
    LIBRARIES gatescope_tour)

# Real tours of the real program; the numbers once more by NumPy.
foreach(tours IN ITEMS tour_end_to_end tour_views)
    add_test(NAME ui/${tours}
        COMMAND ${GATESCOPE_PYTHON} ${CMAKE_CURRENT_LIST_DIR}/${tours}.py
            $<TARGET_FILE_DIR:gatescope> ${PROJECT_SOURCE_DIR})
    set_tests_properties(ui/${tours} PROPERTIES LABELS ui TIMEOUT 600 SKIP_RETURN_CODE 77 RUN_SERIAL ON)
endforeach()
