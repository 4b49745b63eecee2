#include "ui/chat/source_reader.h"

#include <algorithm>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

constexpr std::size_t kLineEndWithin = 4096;  ///< bytes

/// Where a part ends that has at most `most` bytes: never within a character.
std::size_t partEnd(const std::string& utf8, std::size_t taken, std::size_t most) {
    if (most >= utf8.size()) return utf8.size();
    const std::size_t feed = utf8.rfind('\n', most);
    if (feed != std::string::npos && feed > taken && most - feed < kLineEndWithin) return feed;
    std::size_t end = most;
    while (end > taken && (static_cast<unsigned char>(utf8[end]) & 0xC0U) == 0x80U) --end;
    return end;
}

}  // namespace

void SourceReader::take(const std::string& utf8, std::size_t most, QString& shown) {
    const std::size_t end = std::max(taken_, partEnd(utf8, taken_, most));
    if (end == taken_) return;
    const QString more = visibleText(
        QString::fromUtf8(utf8.data() + taken_, static_cast<qsizetype>(end - taken_)), marks_);
    taken_ = end;
    qsizetype begin = 0;
    if (shown.isEmpty())
        while (begin < more.size() &&
               (more[begin] == QLatin1Char(' ') || more[begin] == QLatin1Char('\n')))
            ++begin;
    lead_ += static_cast<int>(begin);
    qsizetype last = more.size();
    while (last > begin && more[last - 1] == QLatin1Char('\n')) --last;
    if (last > begin) {
        shown += QString(feeds_, QLatin1Char('\n'));
        shown += QStringView(more).mid(begin, last - begin);
        feeds_ = 0;
    }
    feeds_ += static_cast<int>(more.size() - last);
}

QString SourceReader::rest(const std::string& utf8) const {
    int marks = marks_;
    const QString feeds(feeds_, QLatin1Char('\n'));
    return feeds + visibleText(QString::fromUtf8(utf8.data() + taken_,
                                                 static_cast<qsizetype>(utf8.size() - taken_)),
                               marks);
}

}  // namespace gatescope
