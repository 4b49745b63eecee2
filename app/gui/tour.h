#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// One entry of a tour's "steps": what to do, and the fields that came with it.
struct TourStep {
    std::string action;     ///< the value of "do"
    nlohmann::json fields;  ///< the other members, an object
};

/// A script that the real window plays: the demo that presenters run and the way the window is
/// tested end to end. Plain data; docs/tours.md lists the steps.
struct Tour {
    std::string title;
    std::vector<TourStep> steps;
};

/// Throws Error(BadInput) naming the file and the place when it cannot be read, is no JSON, or has
/// no list of steps. What the steps say is checked by problemOf().
Tour loadTour(const std::filesystem::path& file);
Tour parseTour(std::string_view text, const std::string& origin);

/// Why a step can never be played, as a sentence: an unknown step or field, a value of the wrong
/// kind, a missing field. Empty when it is well formed.
std::optional<std::string> problemOf(const TourStep& step);
/// The first problem of a tour, told as the program does: "tour step 3 (sned): ...". Steps count
/// from 1.
std::optional<std::string> problemOf(const Tour& tour);
std::string placeOf(const Tour& tour, std::size_t step);  ///< "tour step 3 (send)"

/// What an "intervene" step adds. Requires a step without problems.
InterventionSet interventionsOf(const TourStep& step);
/// As `dump` writes it: {"ablate": ["3:5"], "force": [], "bias": ["0:1:2.5"], "top_k": 0}. Not
/// named toJson: the engine has a function of that name and arguments, and a program's function
/// would take its place at run time.
nlohmann::json dumpOf(const InterventionSet& set);

}  // namespace gatescope
