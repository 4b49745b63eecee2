#include "ui/composing/seed_field.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QToolButton>
#include <QValidator>
#include <algorithm>
#include <random>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// Of the last reply of the branch; 0: there is none.
std::uint64_t lastSeedOf(const ChatSession& session) {
    for (auto message = session.messages().rbegin(); message != session.messages().rend();
         ++message)
        if (message->role == Role::Assistant) return message->sampler.seed;
    return 0;
}

/// Whole numbers that 64 bits hold, or nothing.
class SeedValidator : public QValidator {
  public:
    using QValidator::QValidator;
    State validate(QString& text, int& /*cursor*/) const override {
        const bool digits = std::ranges::all_of(
            text, [](QChar c) { return c >= QLatin1Char('0') && c <= QLatin1Char('9'); });
        bool fits = text.isEmpty();
        if (digits && !fits) text.toULongLong(&fits);
        return digits && fits ? Acceptable : Invalid;
    }
};

}  // namespace

SeedField::SeedField(const EngineBridge& bridge, const Theme& theme)
    : bridge_(bridge), theme_(theme) {
    text_ = new QLineEdit;
    text_->setObjectName(QStringLiteral("seed"));
    text_->setAccessibleName(tr("Seed"));
    text_->setPlaceholderText(tr("new each time"));
    text_->setValidator(new SeedValidator(text_));
    lock_ = new QToolButton;
    lock_->setObjectName(QStringLiteral("seedLock"));
    lock_->setCheckable(true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(text_, 1);
    row->addWidget(lock_);
    setFocusProxy(text_);
    connect(text_, &QLineEdit::textChanged, this, [this] {
        showLock();
        Q_EMIT seedChanged();
    });
    connect(lock_, &QToolButton::clicked, this, &SeedField::lock);
    showLock();
}

void SeedField::setSeed(std::uint64_t seed) {
    if (seed == this->seed()) return;
    text_->setText(seed == 0 ? QString() : QString::number(seed));
}

std::uint64_t SeedField::seed() const {
    return text_->text().toULongLong();
}

void SeedField::lock(bool on) {
    if (!on) return text_->clear();
    const std::uint64_t last = lastSeedOf(bridge_.session());
    setSeed(last != 0 ? last : std::random_device()());
    showLock();
}

void SeedField::showLock() {
    const bool locked = seed() != 0;
    const QSignalBlocker quiet(lock_);
    lock_->setChecked(locked);
    lock_->setIcon(theme_.icon(locked ? QStringLiteral("lock") : QStringLiteral("unlock")));
    const QString help = locked ? tr("Draw a new seed for each reply again")
                                : tr("Keep the seed that the last reply was drawn with");
    lock_->setToolTip(help);
    lock_->setAccessibleName(help);
}

}  // namespace gatescope
