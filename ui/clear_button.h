#pragma once

class QLineEdit;

namespace gatescope {

/// Gives a field Qt's button that empties it, with the name that Qt leaves out.
void addClearButton(QLineEdit& field);

}  // namespace gatescope
