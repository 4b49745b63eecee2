#pragma once

#include <QString>

class QWidget;

namespace gatescope {

class Theme;

/// `table`: one line an entry, "keys TAB what".
void showShortcuts(QWidget* parent, const Theme& theme, const QString& table);
void showAbout(QWidget* parent, const Theme& theme);

}  // namespace gatescope
