#pragma once

class QComboBox;

namespace gatescope {

class Theme;

/// Makes a combo box as wide as what it shows now, not as its longest entry: its arrow then stands
/// beside the text.
void fitToCurrent(QComboBox& box, const Theme& theme);

}  // namespace gatescope
