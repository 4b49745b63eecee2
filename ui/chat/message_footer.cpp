#include "ui/chat/message_footer.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>

#include "engine/decoder/intervention.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

/// What is not worth saying: it is over before it has been read.
constexpr std::chrono::milliseconds kShortestLeft{1500};
constexpr std::chrono::milliseconds kLeastSeen{300};

struct MessageFooterText {
    Q_DECLARE_TR_FUNCTIONS(MessageFooter)
};

QString number(int value) {
    return QLocale().toString(value);
}

QString speed(double tokensPerSecond) {
    return numberText(tokensPerSecond, 'f', tokensPerSecond < 100 ? 1 : 0);
}

QString seconds(double ms) {
    return numberText(ms / 1e3, 'f', ms < 9950 ? 2 : 0);
}

QString timeText(std::chrono::milliseconds time) {
    const auto whole = (time.count() + 999) / 1000;
    return whole < 90 ? MessageFooterText::tr("%1 s").arg(whole)
                      : MessageFooterText::tr("%1 min").arg((whole + 59) / 60);
}

QString endText(const Message& message) {
    if (message.finishReason == FinishReason::Failed)  // Interrupted, too, but not by an end
        return MessageFooterText::tr("failed");
    if (message.state == MessageState::Interrupted)
        return MessageFooterText::tr("interrupted: Gatescope ended before this reply was complete");
    if (message.finishReason == FinishReason::MaxTokens)
        return MessageFooterText::tr("reached the token limit");
    if (message.finishReason == FinishReason::ContextFull)
        return MessageFooterText::tr("the context is full");
    if (message.finishReason == FinishReason::Stopped) return MessageFooterText::tr("stopped");
    return {};
}

int generatedTokens(const Message& message) {
    return static_cast<int>(std::ranges::count_if(message.tokens, &TokenRecord::generated));
}

}  // namespace

void PrefillProgress::add(int done, int total, Clock::time_point now) {
    if (total_ == 0) {
        first_ = done;
        firstAt_ = now;
    }
    done_ = done;
    total_ = total;
    doneAt_ = now;
}

std::optional<std::chrono::milliseconds> PrefillProgress::left() const {
    using std::chrono::milliseconds;
    const auto seen = std::chrono::duration_cast<milliseconds>(doneAt_ - firstAt_);
    if (done_ <= first_ || done_ >= total_ || seen < kLeastSeen) return std::nullopt;
    return milliseconds(seen.count() * (total_ - done_) / (done_ - first_));
}

QString prefillText(const PrefillProgress& progress) {
    if (progress.total() == 0) return MessageFooterText::tr("Reading the prompt…");
    QStringList parts{MessageFooterText::tr("Reading the prompt: %1 of %2 tokens")
                          .arg(number(progress.done()), number(progress.total()))};
    if (const auto left = progress.left(); left && *left >= kShortestLeft)
        parts << MessageFooterText::tr("about %1 left").arg(timeText(*left))
              << MessageFooterText::tr("Esc stops it");
    return parts.join(QStringLiteral(" · "));
}

QString replyFooter(const Message& message) {
    if (message.role == Role::User) return {};
    QStringList parts;
    const int generated = generatedTokens(message);
    const bool written = !message.finishReason && message.state == MessageState::Complete;
    const bool imported =
        generated == 0 && message.finishReason == FinishReason::EndOfText && !message.text.empty();
    parts << (written          ? MessageFooterText::tr("written by you")
              : imported       ? MessageFooterText::tr("imported")
              : generated == 1 ? MessageFooterText::tr("1 token")
                               : MessageFooterText::tr("%1 tokens").arg(number(generated)));
    if (const QString end = endText(message); !end.isEmpty()) parts << end;
    if (!message.interventions.empty()) {
        const auto count = describe(message.interventions).size();
        parts << (count == 1 ? MessageFooterText::tr("1 intervention")
                             : MessageFooterText::tr("%1 interventions").arg(count));
    }
    if (message.run) {
        const ReplyRun& run = *message.run;
        // What speculation gives is never taken for the model's own speed.
        if (const double decode = decodeSpeed(run); decode > 0)
            parts << (run.draftedTokens > 0 ? MessageFooterText::tr("%1 tokens/s with drafts")
                                            : MessageFooterText::tr("%1 tokens/s"))
                         .arg(speed(decode));
        if (run.reusedTokens > 0)
            parts << MessageFooterText::tr("%1 of %2 reused")
                         .arg(number(run.reusedTokens), number(run.promptTokens));
        if (run.firstTokenMs > 0)
            parts << MessageFooterText::tr("first after %1 s").arg(seconds(run.firstTokenMs));
        if (const double prefill = prefillSpeed(run); prefill > 0)
            parts << MessageFooterText::tr("prompt %1 tokens/s").arg(speed(prefill));
    }
    return parts.join(QStringLiteral(" · "));
}

QString replyFooterSentences(const Message& message) {
    if (message.role == Role::User || !message.run) return {};
    const ReplyRun& run = *message.run;
    QStringList sentences;
    sentences << MessageFooterText::tr(
                     "The prompt has %1 tokens; %2 of them were known and not computed again.")
                     .arg(number(run.promptTokens), number(run.reusedTokens));
    if (const double prefill = prefillSpeed(run); prefill > 0)
        sentences << MessageFooterText::tr("The other %1 took %2 s: %3 a second.")
                         .arg(number(run.promptTokens - run.reusedTokens),
                              seconds(run.prefillMs),
                              speed(prefill));
    if (run.firstTokenMs > 0)
        sentences << MessageFooterText::tr("The first token came after %1 s.")
                         .arg(seconds(run.firstTokenMs));
    if (const double decode = decodeSpeed(run); decode > 0)
        sentences << MessageFooterText::tr("The %1 behind it came at %2 a second.")
                         .arg(number(run.generatedTokens - 1), speed(decode));
    if (run.draftedTokens > 0)
        sentences << MessageFooterText::tr("Of %1 drafted tokens %2 were right.")
                         .arg(number(run.draftedTokens), number(run.acceptedTokens));
    return sentences.join(QLatin1Char(' '));
}

}  // namespace gatescope
