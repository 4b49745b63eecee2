#include "engine/settings/reply_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"

namespace gatescope {

void validate(const ReplyOptions& options) {
    const auto refuse = [](const std::string& sentence) {
        throw Error(ErrorKind::BadUsage, sentence);
    };
    validate(options.sampler);
    if (options.maxTokens < 1 || options.maxTokens > kLargestReply)
        refuse(fmt::format("max tokens {}: expected 1 to {}", options.maxTokens, kLargestReply));
    if (options.stopStrings.size() > kMostStopStrings)
        refuse(fmt::format(
            "{} stop strings: expected at most {}", options.stopStrings.size(), kMostStopStrings));
    if (std::ranges::count(options.stopStrings, std::string()) > 0)
        refuse("a stop string is empty: it would end every reply before its first word");
}

const std::vector<ReplyPreset>& builtInPresets() {
    static const std::vector<ReplyPreset> kPresets{
        {.name = "Balanced",
         .description =
             "Temperature 0.7 within the likeliest 95 %: what a new profile starts with.",
         .options = {}},
        {.name = "Greedy",
         .description = "Always the likeliest token: the same reply every time.",
         .options = {.sampler = {.temperature = 0, .topP = 1}}},
        {.name = "Varied",
         .description = "Temperature 1.1, without what is less than a twentieth as likely as the "
                        "likeliest.",
         .options = {.sampler = {.temperature = 1.1F, .topP = 1, .minP = 0.05F}}},
    };
    return kPresets;
}

}  // namespace gatescope
