#pragma once

#include <string>
#include <string_view>

#include "engine/decoder/intervention.h"
#include "engine/sampling/sampler.h"
#include "engine/store/conversation.h"

namespace gatescope {

// Settings as the store keeps them: small JSON objects with the names the command line uses.
// A key that is missing has its default, one that is unknown is passed over: both are an older or
// newer Gatescope's file. Of a RoutePin the name and whether gates are pinned are kept: what was
// pinned is in the routing of the message itself. Reading throws Error(BadInput) that starts with
// `where`.

std::string toJson(const SamplerConfig& sampler);
std::string toJson(const InterventionSet& interventions);
std::string toJson(const ModelFacts& facts);
std::string toJson(const ReplyRun& run);

SamplerConfig samplerFromJson(std::string_view json, const std::string& where);
InterventionSet interventionsFromJson(std::string_view json, const std::string& where);
ModelFacts modelFactsFromJson(std::string_view json, const std::string& where);
ReplyRun replyRunFromJson(std::string_view json, const std::string& where);

}  // namespace gatescope
