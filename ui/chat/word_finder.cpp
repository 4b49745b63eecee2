#include "ui/chat/word_finder.h"

#include <QStringList>
#include <algorithm>

namespace gatescope {
namespace {

/// Without capitals and accents, and where each unit came from.
struct Folded {
    QString text;
    std::vector<int> from;  ///< [units + 1]
};

/// Of Latin letters the accents go, of others they tell letters apart: as in FTS5.
QChar foldedUnit(QChar c) {
    if (c.unicode() < 0x80) return c.toLower();
    QChar base = c;
    while (base.decompositionTag() == QChar::Canonical && !base.isSurrogate() &&
           !base.decomposition().isEmpty())
        base = base.decomposition().front();
    return base.unicode() < 0x80 ? base.toLower() : c.toCaseFolded();
}

Folded fold(const QString& text) {
    Folded folded;
    folded.text.reserve(text.size());
    folded.from.reserve(static_cast<std::size_t>(text.size()) + 1);
    for (int i = 0; i < text.size(); ++i) {
        if (text[i].unicode() >= 0x80 && text[i].category() == QChar::Mark_NonSpacing) continue;
        folded.text += foldedUnit(text[i]);
        folded.from.push_back(i);
    }
    folded.from.push_back(static_cast<int>(text.size()));
    return folded;
}

bool isWordPart(QChar c) {
    return c.isLetterOrNumber() || c.isSurrogate();
}

}  // namespace

WordFinder WordFinder::words(const QString& query) {
    WordFinder finder;
    finder.atWords_ = true;
    for (const QString& word : query.simplified().split(QLatin1Char(' '), Qt::SkipEmptyParts))
        if (std::ranges::any_of(word, isWordPart)) finder.needles_.push_back(fold(word).text);
    return finder;
}

WordFinder WordFinder::phrase(const QString& text) {
    WordFinder finder;
    const QString folded = fold(text).text;
    if (!folded.trimmed().isEmpty()) finder.needles_.push_back(folded);
    return finder;
}

std::vector<FoundRange> WordFinder::find(const QString& text) const {
    std::vector<FoundRange> all;
    if (needles_.empty()) return all;
    const Folded folded = fold(text);
    for (const QString& needle : needles_) {
        for (qsizetype at = 0; (at = folded.text.indexOf(needle, at)) >= 0;) {
            const bool inside =
                atWords_ && at > 0 && isWordPart(folded.text[at - 1]) && isWordPart(needle.front());
            const auto begin = static_cast<std::size_t>(at);
            const auto end = begin + static_cast<std::size_t>(needle.size());
            if (!inside) all.push_back({folded.from[begin], folded.from[end]});
            at += inside ? 1 : needle.size();
        }
    }
    std::ranges::sort(all, {}, &FoundRange::begin);
    int end = 0;
    std::erase_if(all, [&end](const FoundRange& range) {
        if (range.begin < end) return true;
        end = range.end;
        return false;
    });
    return all;
}

QString snippetOf(const QString& text,
                  const WordFinder& finder,
                  int length,
                  std::vector<FoundRange>& marks) {
    marks.clear();
    const auto found = finder.find(text);
    if (found.empty()) return {};
    // What stands before it gives way to what follows: a row is narrow.
    int begin = std::max(0, found.front().begin - length / 6);
    while (begin > 0 && begin < found.front().begin && isWordPart(text[begin - 1])) ++begin;
    QString line = text.mid(begin, length).simplified();
    if (begin > 0) line.prepend(QStringLiteral("… "));
    marks = finder.find(line);
    return line;
}

}  // namespace gatescope
