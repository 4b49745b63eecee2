#pragma once

class QWidget;

namespace gatescope {

class Theme;

void showAbout(QWidget* parent, const Theme& theme);

}  // namespace gatescope
