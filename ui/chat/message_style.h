#pragma once

#include <QColor>
#include <QFont>
#include <QTextCharFormat>
#include <array>

namespace gatescope {

class Theme;

/// Type and colours that a message is set in. A value, so that a layout knows when to begin anew.
struct MessageStyle {
    explicit MessageStyle(const Theme& theme);
    explicit MessageStyle(const QFont& reading);

    QFont reading;
    QFont mono;
    QFont small;
    QColor text;
    QColor muted;
    QColor well;  ///< behind code
    QColor line;  ///< rules, bars of quotes, rows of tables
    QColor link;
    std::array<QColor, 7> code;  ///< by CodePart
    int step = 4;                ///< pixels of the grid

    QFont heading(int level) const;
    /// How characters with these TextStyle bits are set within text of `base`.
    QTextCharFormat format(unsigned styles, const QFont& base) const;

    /// What changes lines, not only their colours.
    bool breaksLinesLike(const MessageStyle& other) const {
        return reading == other.reading && mono == other.mono && step == other.step;
    }
};

}  // namespace gatescope
