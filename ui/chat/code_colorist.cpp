#include "ui/chat/code_colorist.h"

#include <QMetaObject>
#include <utility>

namespace gatescope {
namespace {

constexpr qsizetype kMostKept = 64;

QString keyOf(const QString& language, const QString& code) {
    return language + QLatin1Char('\n') + code;
}

}  // namespace

CodeColorist::CodeColorist(QObject* parent) : QObject(parent) {
    pool_.setMaxThreadCount(1);  // the library's definitions are shared by all calls
}

CodeColorist::~CodeColorist() {
    pool_.clear();
    pool_.waitForDone();
}

std::span<const CodeRun> CodeColorist::runsOf(const QString& language, const QString& code) {
    if (!knowsLanguage(language)) return {};
    if (const auto found = known_.constFind(keyOf(language, code)); found != known_.constEnd())
        return found->runs;
    if (!busy_) compute(language, code);
    if (newest_.language == language && code.startsWith(newest_.code)) return newest_.runs;
    return {};
}

// One at a time: whoever still wants another asks again when it is painted anew.
void CodeColorist::compute(const QString& language, const QString& code) {
    busy_ = true;
    pool_.start([this, language, code] {
        Known known{language, code, codeRuns(language, code)};
        QMetaObject::invokeMethod(
            this, [this, known = std::move(known)]() mutable { keep(std::move(known)); });
    });
}

void CodeColorist::keep(Known known) {
    busy_ = false;
    if (known_.size() >= kMostKept) known_.clear();
    newest_ = known;
    known_.insert(keyOf(known.language, known.code), std::move(known));
    Q_EMIT changed();
}

}  // namespace gatescope
