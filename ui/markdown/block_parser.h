#pragma once

#include <QStringView>
#include <optional>
#include <vector>

#include "ui/markdown/formatted_text.h"

namespace gatescope {

/// The blocks of a part of a message in the GitHub dialect of CommonMark, with formulas between
/// dollars or \( \); read by md4c. HTML is text, an image is a link. `at` is where the part begins
/// in the message. Empty when the part asks for more work than text that is meant to be read does
/// (thousands of brackets, quotes in quotes): then it is to be shown as it is.
std::optional<std::vector<TextBlock>> parseBlocks(QStringView part, int at);

}  // namespace gatescope
