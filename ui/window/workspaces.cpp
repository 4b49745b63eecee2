#include "ui/window/workspaces.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QSettings>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kLayoutVersion = 2;  // 1 had other docks
constexpr qreal kPresentScale = 1.35;

QString key(const QString& name) {
    return QStringLiteral("layout/") + name;
}

}  // namespace

Workspaces::Workspaces(QMainWindow& window, Theme& theme, QSettings& settings)
    : QObject(&window), window_(window), theme_(theme), settings_(settings) {}

QStringList Workspaces::names() {
    return {QStringLiteral("chat"), QStringLiteral("inspect"), QStringLiteral("present")};
}

void Workspaces::add(QDockWidget* dock, const QStringList& shownIn) {
    docks_.emplace_back(dock, shownIn);
}

void Workspaces::restore() {
    initial_ = window_.saveState(kLayoutVersion);
    const QString last = settings_.value(QStringLiteral("workspace")).toString();
    show(names().contains(last) ? last : QStringLiteral("inspect"));
}

bool Workspaces::show(const QString& name) {
    if (!names().contains(name)) return false;
    if (name == current_) return true;
    save();
    arrange(name);
    return true;
}

void Workspaces::arrange(const QString& name) {
    current_ = name;
    theme_.setScale(name == QLatin1String("present") ? kPresentScale : 1.0);
    const QByteArray kept = settings_.value(key(name)).toByteArray();
    if (kept.isEmpty() || !window_.restoreState(kept, kLayoutVersion)) {
        window_.restoreState(initial_, kLayoutVersion);
        for (const auto& [dock, shownIn] : docks_) dock->setVisible(shownIn.contains(name));
    }
    Q_EMIT shown(name);
}

void Workspaces::save() {
    if (current_.isEmpty()) return;
    settings_.setValue(key(current_), window_.saveState(kLayoutVersion));
    settings_.setValue(QStringLiteral("workspace"), current_);
}

void Workspaces::reset() {
    for (const QString& name : names()) settings_.remove(key(name));
    arrange(current_);
}

}  // namespace gatescope
