#include "ui/theme/theme_choice.h"

#include "ui/theme/system_theme.h"

namespace gatescope {
namespace {

const QString kSystem = QStringLiteral("system");

}  // namespace

ThemeChoice::ThemeChoice(Theme& theme, QObject* parent)
    : QObject(parent), theme_(theme), system_(std::make_unique<SystemTheme>()) {
    connect(system_.get(), &SystemTheme::changed, this, &ThemeChoice::follow);
}

ThemeChoice::~ThemeChoice() = default;

QStringList ThemeChoice::names() {
    return Theme::names() << kSystem;
}

QString ThemeChoice::name() const {
    return follows_ ? kSystem : theme_.name();
}

bool ThemeChoice::choose(const QString& name) {
    if (!names().contains(name)) return false;
    follows_ = name == kSystem;
    if (follows_) {
        system_->watch();
        follow();
    } else {
        theme_.setName(name);
    }
    Q_EMIT chosen();
    return true;
}

void ThemeChoice::follow() {
    if (follows_) theme_.setMode(system_->isDark() ? Theme::Mode::Dark : Theme::Mode::Light);
}

}  // namespace gatescope
