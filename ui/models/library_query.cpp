#include "ui/models/library_query.h"

#include <algorithm>
#include <functional>

namespace gatescope {
namespace {

/// Cut at blanks, but not at those in quotes, which go.
QStringList partsOf(const QString& text) {
    QStringList parts;
    QString part;
    bool quoted = false;
    for (const QChar c : text) {
        if (c == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (c.isSpace() && !quoted) {
            if (!part.isEmpty()) parts << part;
            part.clear();
        } else {
            part += c;
        }
    }
    if (!part.isEmpty()) parts << part;
    return parts;
}

bool same(const QString& a, const QString& b) {
    return a.compare(b, Qt::CaseInsensitive) == 0;
}

bool takeNamed(const QString& part, const char* key, QStringList& names) {
    const QLatin1String prefix(key);
    if (!part.startsWith(prefix, Qt::CaseInsensitive) || part.size() == prefix.size()) return false;
    names << part.mid(prefix.size());
    return true;
}

bool takeFlag(const QString& part, const char* word, bool& flag) {
    if (!same(part, QLatin1String(word))) return false;
    flag = true;
    return true;
}

bool isIn(const QString& folder, const QString& wanted) {
    return same(folder, wanted) ||
           folder.startsWith(wanted + QLatin1Char('/'), Qt::CaseInsensitive);
}

}  // namespace

LibraryQuery LibraryQuery::parse(const QString& text) {
    LibraryQuery query;
    QStringList words;
    for (const QString& part : partsOf(text)) {
        const bool condition = takeNamed(part, "tag:", query.tags) ||
                               takeNamed(part, "in:", query.folders) ||
                               takeFlag(part, "is:pinned", query.pinned) ||
                               takeFlag(part, "is:archived", query.archived) ||
                               takeFlag(part, "is:draft", query.draft);
        if (!condition) words << part;
    }
    query.words = words.join(QLatin1Char(' '));
    return query;
}

bool LibraryQuery::hasConditions() const {
    return !tags.isEmpty() || !folders.isEmpty() || pinned || archived || draft;
}

bool LibraryQuery::admits(const ConversationSummary& c) const {
    if (archived != c.archived || (pinned && !c.pinned) || (draft && c.draft.empty())) return false;
    const auto hasTag = [&](const QString& wanted) {
        return std::ranges::any_of(c.tags, [&](const std::string& tag) {
            return same(QString::fromStdString(tag), wanted);
        });
    };
    const QString folder = QString::fromStdString(c.folder);
    return std::ranges::all_of(tags, hasTag) &&
           std::ranges::all_of(folders, [&](const QString& in) { return isIn(folder, in); });
}

QString quotedName(const QString& name) {
    const bool plain = std::ranges::none_of(name, [](QChar c) { return c.isSpace(); });
    return plain ? name : QLatin1Char('"') + name + QLatin1Char('"');
}

QStringList completionsOf(const QString& text,
                          const QStringList& tags,
                          const std::vector<std::string>& folders) {
    int begin = 0;  // of the last part
    bool quoted = false;
    for (int i = 0; i < text.size(); ++i) {
        if (text[i] == QLatin1Char('"')) quoted = !quoted;
        if (text[i].isSpace() && !quoted) begin = i + 1;
    }
    const QString head = text.left(begin);
    const QString last = text.mid(begin).remove(QLatin1Char('"'));
    QStringList lines;
    if (last.isEmpty()) return lines;
    const auto offer = [&](const char* key, const QString& name) {
        const QString whole = QLatin1String(key) + name;
        if (whole.startsWith(last, Qt::CaseInsensitive) && whole.size() > last.size())
            lines << head + QLatin1String(key) + quotedName(name);
    };
    for (const char* word : {"tag:", "in:", "is:pinned", "is:archived", "is:draft", "routing:"})
        offer(word, {});
    for (const QString& tag : tags) offer("tag:", tag);
    for (const std::string& folder : folders) offer("in:", QString::fromStdString(folder));
    return lines;
}

}  // namespace gatescope
