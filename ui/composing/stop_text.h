#pragma once

#include <QString>
#include <string>
#include <vector>

namespace gatescope {

/// Stop strings as a person edits them: one a line. A line break in one is written \n, a tab \t, a
/// backslash twice; empty lines are none.
QString stopText(const std::vector<std::string>& stopStrings);
std::vector<std::string> stopStringsOf(const QString& text);

}  // namespace gatescope
