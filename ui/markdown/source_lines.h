#pragma once

#include <QStringView>
#include <algorithm>

namespace gatescope {

/// UTF-16 units that are read as Markdown at a time at most: what is longer without a break is
/// plain text.
inline constexpr int kMostAtOnce = 16384;

/// From `begin` to the end of its line.
inline QStringView lineAt(QStringView source, int begin) {
    const auto end = source.indexOf(QLatin1Char('\n'), begin);
    return source.mid(begin, (end < 0 ? source.size() : end) - begin);
}

inline bool isBlank(QStringView line) {
    return std::ranges::all_of(line, [](QChar c) { return c.isSpace(); });
}

}  // namespace gatescope
