#include "engine/import/left_out.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace gatescope {

std::vector<std::string> notesOf(const LeftOut& leftOut) {
    const std::array<std::pair<int, std::string_view>, 11> sentences{{
        {leftOut.conversations, "conversations without a message were left out"},
        {leftOut.system, "further system texts were left out"},
        {leftOut.tools, "messages to and from tools were left out"},
        {leftOut.hidden, "messages that are hidden there, too, were left out"},
        {leftOut.reasoning, "texts of a model's reasoning were left out"},
        {leftOut.attachments, "attachments were left out"},
        {leftOut.empty, "messages without text were left out"},
        {leftOut.orphans, "messages whose parent is not in the file became first messages"},
        {leftOut.circle, "messages that follow themselves were left out"},
        {leftOut.twice, "messages with the id of another one were left out"},
        {leftOut.badBytes, "bytes that are no UTF-8 are shown as U+FFFD"},
    }};
    std::vector<std::string> notes;
    for (const auto& [count, sentence] : sentences)
        if (count > 0) notes.push_back(fmt::format("{}: {}", sentence, count));
    return notes;
}

}  // namespace gatescope
