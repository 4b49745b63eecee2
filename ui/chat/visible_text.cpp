#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

constexpr int kMaxMarks = 8;
constexpr char16_t kReplacement = 0xFFFD;
constexpr char16_t kZeroWidth = 0x200B;  // zero width: takes the place of a mark too many

bool isBidiControl(char16_t c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
           c == 0x200F || c == 0x061C;
}

char16_t visible(char16_t c) {
    if (c == u'\n' || c == u'\t') return c;
    if (c < 0x20) return static_cast<char16_t>(0x2400 + c);  // Unicode's pictures of controls
    if (c == 0x7F) return 0x2421;
    if (c >= 0x80 && c < 0xA0) return kReplacement;
    if (c == 0x2028 || c == 0x2029) return 0x2424;  // would break a line inside the layout
    if (isBidiControl(c) || c == 0xFFFC || (c >= 0xFDD0 && c <= 0xFDEF)) return kReplacement;
    return c;
}

}  // namespace

QString visibleText(const QString& text) {
    int marks = 0;
    return visibleText(text, marks);
}

QString visibleText(const QString& text, int& marks) {
    QString out = text;
    for (QChar& c : out) {
        marks = c.isMark() ? marks + 1 : 0;
        c = QChar(marks > kMaxMarks ? kZeroWidth : visible(c.unicode()));
    }
    return out;
}

QString visibleLine(const QString& text) {
    QString out = visibleText(text);
    out.replace(QLatin1Char('\n'), QChar(0x23CE));
    out.replace(QLatin1Char('\t'), QChar(0x21E5));
    return out;
}

}  // namespace gatescope
