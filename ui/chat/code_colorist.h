#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <span>
#include <vector>

#include "ui/markdown/code_runs.h"

namespace gatescope {

/// Finds the coloured parts of code on a thread of its own, and keeps those of what was asked for
/// last. UI thread only.
class CodeColorist : public QObject {
    Q_OBJECT
  public:
    explicit CodeColorist(QObject* parent = nullptr);
    ~CodeColorist() override;

    /// What is known of `code`: all of it, or of the part that was there before it grew, or nothing
    /// yet. changed() follows when more is. The view is valid until the event loop goes on.
    std::span<const CodeRun> runsOf(const QString& language, const QString& code);

  Q_SIGNALS:
    void changed();

  private:
    struct Known {
        QString language;
        QString code;
        std::vector<CodeRun> runs;
    };
    void compute(const QString& language, const QString& code);
    void keep(Known known);

    QThreadPool pool_;
    QHash<QString, Known> known_;
    Known newest_;  ///< of code that may be growing
    bool busy_ = false;
};

}  // namespace gatescope
