#include "ui/window/library_rescue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/store/salvage.h"
#include "ui/chat/banner.h"
#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

/// How a sentence ends that says of a library that it is damaged, or no library any more; not one
/// of a newer version, which is whole.
constexpr std::array kDamageCodes{"[STORE-901]", "[STORE-902]", "[STORE-904]", "[STORE-905]"};

}  // namespace

LibraryRescue::LibraryRescue(EngineBridge& bridge,
                             Banner& banner,
                             std::filesystem::path library,
                             std::function<void()> startAgain,
                             QObject* parent)
    : QObject(parent),
      bridge_(bridge),
      banner_(banner),
      library_(std::move(library)),
      startAgain_(std::move(startAgain)) {
    connect(&bridge_, &EngineBridge::errorOccurred, this, &LibraryRescue::offerFor);
}

LibraryRescue::~LibraryRescue() = default;

/// A library that is open is left alone: what is in memory only is one that could not be opened.
void LibraryRescue::offerFor(const QString& sentence) {
    std::error_code failure;
    const bool damaged = sentence.startsWith(QString::fromStdString(library_.string())) &&
                         std::ranges::any_of(kDamageCodes, [&](const char* code) {
                             return sentence.contains(QLatin1String(code));
                         });
    if (!damaged || running_ || done_ || !bridge_.store().inMemory() ||
        !std::filesystem::is_regular_file(library_, failure))
        return;
    banner_.offer(
        tr("Rescue what can be read"), [this] { start(); }, Banner::Stays::UntilAnswered);
}

void LibraryRescue::start() {
    if (running_ || done_) return;
    running_ = true;
    banner_.showSentence(Banner::Kind::Info,
                         tr("Reading what can be read of the damaged library. It stays as it is."));
    reader_ = std::jthread([this, library = library_](const std::stop_token& stop) {
        std::optional<Rescue> rescue;
        QString problem;
        try {  // a border: this thread's faults are sentences in the window
            rescue = rescueInPlace(library, stop);
        } catch (const std::exception& error) {
            problem = QString::fromStdString(error.what());
        }
        if (!rescue && problem.isEmpty()) return;  // stopped: the window is going
        QMetaObject::invokeMethod(
            this,
            [this, rescue, problem] {
                running_ = false;
                if (!rescue) return fail(problem);
                done_ = true;
                const SalvageReport& report = rescue->report;
                const QString lost =
                    report.complete()
                        ? tr("Nothing is known to be lost.")
                        : tr("Lost messages: %1. Messages with lost text: %2, without tokens or "
                             "routing: %3.")
                              .arg(report.lostMessages)
                              .arg(report.cutTexts)
                              .arg(report.withoutTokens + report.withoutRouting);
                tell(tr("Rescued conversations: %1, messages: %2. %3 The damaged library is kept "
                        "as %4. Start Gatescope again to use the new one: what is said until then "
                        "is not in it.")
                         .arg(report.conversations)
                         .arg(report.messages)
                         .arg(lost,
                              visibleLine(
                                  QString::fromStdString(rescue->kept.filename().string()))));
            },
            Qt::QueuedConnection);
    });
}

void LibraryRescue::tell(const QString& rescued) {
    banner_.showSentence(Banner::Kind::Info, rescued);
    banner_.offer(tr("Start Gatescope again"), startAgain_, Banner::Stays::UntilAnswered);
}

void LibraryRescue::fail(const QString& sentence) {
    banner_.showSentence(Banner::Kind::Error, sentence);
}

}  // namespace gatescope
