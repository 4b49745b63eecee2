#pragma once

#include <QString>
#include <QStringList>

#include "engine/chat/intervention_history.h"

namespace gatescope {

/// A sentence's worth of each intervention of a set, as a person does it: "ablate layer 17 expert
/// 3", "4 experts a token in layers 3 to 7", "only for tokens like text="the"".
QStringList interventionWords(const InterventionSet& set);

/// Which tokens a scope names: its filter, and how many ids and ranges.
QString scopeWords(const TokenScope& scope);

/// What a step did: "ablate layer 17 expert 3", "take away: ablate layer 17 expert 3", "ablate
/// layer 1 expert 2, and 3 more", "clear all interventions".
QString stepWords(const InterventionStep& step);

/// "Undo: ablate layer 17 expert 3", or "Undo intervention" where there is none; the same for redo.
QString undoText(const InterventionStep* step);
QString redoText(const InterventionStep* step);

}  // namespace gatescope
