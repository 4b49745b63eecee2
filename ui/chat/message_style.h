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
};

/// A style and what its lines need, measured once for all messages that are set in it: fonts are
/// asked for it, which takes a fraction of a millisecond. Immutable once published.
struct MeasuredStyle {
    explicit MeasuredStyle(MessageStyle style);

    struct Type {
        QFont font;
        qreal step = 0;       ///< from line to line
        qreal character = 1;  ///< width, about
        qreal blank = 1;      ///< width
    };
    const Type& text() const { return types[0]; }
    const Type& heading(int level) const;  ///< 1 to 6; others count as the nearest
    const Type& code() const { return types[7]; }
    const Type& tableHead() const { return types[8]; }

    MessageStyle style;
    std::array<Type, 9> types;  ///< text, six headings, code, a table's first row
    qreal smallStep = 0;
};

}  // namespace gatescope
