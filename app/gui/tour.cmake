# What plays --tour; a library, so that tests play tours on a window of their own.
add_library(gatescope_tour STATIC
    tour.h tour.cpp tour_file.cpp
    tour_player.h tour_player.cpp tour_steps.cpp tour_token_steps.cpp tour_version_steps.cpp tour_routing_steps.cpp tour_compare.cpp tour_desktop.cpp tour_inspection.h tour_inspection.cpp tour_keeping_steps.cpp
    tour_views.h tour_views.cpp tour_view_steps.cpp)
set_target_properties(gatescope_tour PROPERTIES AUTOMOC ON)
target_link_libraries(gatescope_tour
    PUBLIC gatescope_ui nlohmann_json::nlohmann_json
    PRIVATE gatescope_options fmt::fmt)
