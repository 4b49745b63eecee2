#include "ui/composing/sampling_view.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/chat/alternatives_text.h"
#include "ui/chat/visible_text.h"
#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kWidth = 300;
constexpr int kRows = 14;  ///< what lies behind them is said in a sentence
constexpr int kWordWidth = 110;
constexpr int kFateWidth = 62;

QString percent(double share) {
    const bool little = share > 0 && share < 0.0005;
    return (little ? QStringLiteral("< ") : QString()) +
           numberText(little ? 0.1 : 100 * share, 'f', share < 0.0995 ? 1 : 0) +
           QStringLiteral(" %");
}

}  // namespace

SamplingView::SamplingView(const EngineBridge& bridge, const Theme& theme)
    : bridge_(bridge), theme_(theme) {
    setObjectName(QStringLiteral("samplingView"));
    setAccessibleName(tr("What these settings leave of the newest token"));
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Minimum);
    connect(&bridge_, &EngineBridge::traceGrew, this, &SamplingView::forgetFrom);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] { forgetFrom(0); });
}

void SamplingView::forgetFrom(int token) {
    known_ = std::min(known_, token);
    // Below the newest one nothing was looked at.
    if (token_ < token) return;
    token_ = -1;
    known_ = 0;
}

// From the end, as far as nothing is known: of a conversation without alternatives that is all of
// it, but once.
void SamplingView::findToken() {
    const ChatSession& session = bridge_.session();
    const int size = session.traceSize();
    int token = size - 1;
    for (; token >= known_; --token) {
        ++work_;
        const TokenRecord& record = session.traceToken(token);
        if (record.generated && record.alternatives) break;
    }
    if (token >= known_) token_ = token;
    known_ = size;
}

void SamplingView::refresh() {
    const ChatSession& session = bridge_.session();
    stages_.reset();
    findToken();
    if (token_ >= 0) {
        shown_ = token_;
        const TokenRecord& record = session.traceToken(shown_);
        // Without its model the vocabulary's size is not known: then as if it had only these.
        const auto model = session.model();
        vocabulary_ = std::max(model ? model->config.vocabSize : 0,
                               static_cast<int>(record.alternatives->tokens.size()));
        stages_ = samplingStages(*record.alternatives, session.sampler(), vocabulary_);
    }
    penalised_ = session.sampler().repetitionPenalty != 1.0F;
    setVisible(stages_.has_value());
    setAccessibleDescription(summary());
    setToolTip(summary());
    update();
}

QString SamplingView::summary() const {
    if (!stages_) return {};
    QStringList sentences;
    const QString words = QLocale().toString(vocabulary_);
    if (stages_->restAtMost == 0)
        sentences << tr("%1 of %2 words can be drawn.").arg(stages_->kept).arg(words);
    else
        sentences << tr("At least %1 of %2 words can be drawn; those behind these with %3 at most.")
                         .arg(stages_->kept)
                         .arg(words, percent(stages_->restAtMost));
    if (penalised_) sentences << tr("Before the repetition penalty.");
    sentences << tr("Derived from what was recorded.");
    return sentences.join(QLatin1Char(' '));
}

int SamplingView::rowHeight() const {
    return QFontMetrics(theme_.font(FontRole::Small)).height() + 4;
}

QSize SamplingView::sizeHint() const {
    const int head = 2 * QFontMetrics(theme_.font(FontRole::Small)).height() + theme_.space(3);
    const int foot = 4 * QFontMetrics(theme_.font(FontRole::Tiny)).height() + theme_.space(2);
    return {kWidth, head + kRows * rowHeight() + foot};
}

QString SamplingView::fateText(const SamplingStages::Candidate& candidate) const {
    using enum SamplingStages::Fate;
    switch (candidate.fate) {
        case Kept:
            return candidate.most - candidate.least < 0.005
                       ? percent(candidate.most)
                       : tr("≤ %1").arg(percent(candidate.most));
        case Temperature:
            return tr("temperature");
        case TopK:
            return tr("top-k");
        case TopP:
            return tr("top-p");
        case MinP:
            return tr("min-p");
        case Unknown:
            break;
    }
    return tr("≤ %1").arg(percent(candidate.most));
}

void SamplingView::paintEvent(QPaintEvent* /*event*/) {
    if (!stages_) return;
    QPainter painter(this);
    const ChatSession& session = bridge_.session();
    if (shown_ >= session.traceSize()) return;  // the next refresh() is on its way
    painter.setFont(theme_.font(FontRole::Small));
    painter.setPen(theme_.color(ColorRole::TextMuted));
    const QString came =
        visibleLine(QString::fromStdString(session.traceToken(shown_).text)).trimmed();
    QRect head;
    painter.drawText(QRect(0, 0, width(), height()),
                     Qt::TextWordWrap,
                     tr("What they leave of the newest token, “%1”").arg(came.left(24)),
                     &head);
    int y = head.bottom() + theme_.space(2);
    const int barLeft = kWordWidth + theme_.space(1);
    const int barWidth = width() - barLeft - kFateWidth - theme_.space(2);
    const auto count = std::min<std::size_t>(kRows, stages_->candidates.size());
    for (std::size_t i = 0; i < count; ++i, y += rowHeight()) {
        const auto& candidate = stages_->candidates[i];
        const bool gone = candidate.most == 0;
        const bool isIt = candidate.token == session.traceToken(shown_).token;
        painter.setFont(theme_.font(isIt ? FontRole::Strong : FontRole::Small));
        painter.setPen(theme_.color(gone ? ColorRole::TextFaint : ColorRole::Text));
        const QString word = painter.fontMetrics().elidedText(
            wordText(session, candidate.token), Qt::ElideRight, kWordWidth);
        painter.drawText(QRect(0, y, kWordWidth, rowHeight()), Qt::AlignVCenter, word);
        const auto bar = [&](double share, int inset, ColorRole color) {
            painter.fillRect(QRectF(barLeft,
                                    y + 3 + inset,
                                    std::max(1.0, barWidth * std::min(1.0, share)),
                                    rowHeight() - 6 - 2 * inset),
                             theme_.color(color));
        };
        bar(candidate.probability, 0, ColorRole::BorderStrong);
        if (!gone) bar(candidate.most, 3, ColorRole::Accent);
        painter.setFont(theme_.font(FontRole::Tiny));
        painter.drawText(QRect(width() - kFateWidth, y, kFateWidth, rowHeight()),
                         Qt::AlignVCenter | Qt::AlignRight,
                         fateText(candidate));
    }
    painter.setFont(theme_.font(FontRole::Tiny));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    painter.drawText(QRect(0, y + theme_.space(1), width(), height() - y),
                     Qt::TextWordWrap,
                     tr("Grey: the model's probability; colour: the chance of being drawn.") +
                         QLatin1Char(' ') + summary());
}

}  // namespace gatescope
