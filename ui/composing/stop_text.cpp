#include "ui/composing/stop_text.h"

#include <QStringList>

namespace gatescope {

QString stopText(const std::vector<std::string>& stopStrings) {
    QStringList lines;
    for (const auto& stop : stopStrings)
        lines << QString::fromStdString(stop)
                     .replace(QLatin1String("\\"), QLatin1String("\\\\"))
                     .replace(QLatin1String("\n"), QLatin1String("\\n"))
                     .replace(QLatin1String("\t"), QLatin1String("\\t"));
    return lines.join(QLatin1Char('\n'));
}

std::vector<std::string> stopStringsOf(const QString& text) {
    std::vector<std::string> stops;
    for (const QString& line : text.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        QString stop;
        for (qsizetype i = 0; i < line.size(); ++i) {
            const QChar next = i + 1 < line.size() ? line[i + 1] : QChar();
            const bool escape =
                line[i] == QLatin1Char('\\') &&
                (next == QLatin1Char('n') || next == QLatin1Char('t') || next == QLatin1Char('\\'));
            if (!escape) {
                stop += line[i];
                continue;
            }
            stop += next == QLatin1Char('n')   ? QLatin1Char('\n')
                    : next == QLatin1Char('t') ? QLatin1Char('\t')
                                               : QLatin1Char('\\');
            ++i;
        }
        stops.push_back(stop.toStdString());
    }
    return stops;
}

}  // namespace gatescope
