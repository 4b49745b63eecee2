#pragma once

#include <QFile>
#include <QProcess>
#include <QSet>
#include <QTest>
#include <filesystem>

#include "engine/routing/statistic_table.h"

namespace gatescope::test {

/// Lines of NAME.csv as `gatescope-cli analyse RECORDING --csv` writes it; empty when it failed.
inline QSet<QString> cliLines(const std::filesystem::path& recording,
                              const QString& name,
                              const QStringList& options = {}) {
    const QString folder = QString::fromStdString(recording.string() + "-" + name.toStdString());
    QProcess cli;
    cli.start(QStringLiteral(GATESCOPE_CLI),
              QStringList{QStringLiteral("analyse"),
                          QString::fromStdString(recording.string()),
                          QStringLiteral("--csv"),
                          folder} +
                  options);
    if (!cli.waitForFinished(60000) || cli.exitCode() != 0) {
        qWarning() << cli.readAllStandardError();
        return {};
    }
    QFile file(QStringLiteral("%1/%2.csv").arg(folder, name));
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QStringList lines =
        QString::fromUtf8(file.readAll()).split(QStringLiteral("\r\n"), Qt::SkipEmptyParts);
    return {lines.begin(), lines.end()};
}

/// Lines of `table`, heads included, that are not among `lines`.
inline QStringList strayLines(const StatisticTable& table, const QSet<QString>& lines) {
    QStringList stray;
    for (const QString& line : QString::fromStdString(csvOf(table)).split(QStringLiteral("\r\n")))
        if (!line.isEmpty() && !lines.contains(line)) stray << line;
    return stray;
}

}  // namespace gatescope::test
