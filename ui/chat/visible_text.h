#pragma once

#include <QString>

namespace gatescope {

/// Text as the window may show it: control characters, bidirectional overrides and object
/// placeholders become visible symbols, and of a pile of combining marks eight are kept (more makes
/// Qt's shaper crawl). Every UTF-16 unit stays one unit, so offsets into the text remain valid. The
/// stored text is never altered: only the view is. Line feeds and tabs stay.
QString visibleText(const QString& text);
/// The same of the next part of a text; `marks`: combining marks that it goes on from, and at its
/// end ends with.
QString visibleText(const QString& text, int& marks);

/// The same for one line: titles, chips, tool tips. Line feeds become "⏎", tabs "⇥".
QString visibleLine(const QString& text);

}  // namespace gatescope
