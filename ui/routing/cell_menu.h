#pragma once

#include <QMenu>
#include <functional>
#include <vector>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What a menu on cells of the heatmap is made of.
struct CellMenuInputs {
    const InterventionSet& inForce;
    std::vector<ExpertSite> sites;  ///< one or more, each once; what is chosen is done to all
    int numExperts = 0;
    int numSelected = 0;  ///< as the model does
    QString undo;         ///< what it would take back; empty: there is nothing
    QString redo;
};

/// What a choice of the menu calls.
struct CellMenuCalls {
    std::function<void(const InterventionSet&)> apply;
    std::function<void()> restrict;  ///< it is to hold for some tokens only
    std::function<void()> undo;
    std::function<void()> redo;
};

/// What can be done to the experts of cells, each as the set that would be in force then: ablate,
/// route around, force, gate times, logit plus, swap with (of one cell), clear; how many are
/// selected in the layers of the cells, and in every layer; the last change taken back. What is in
/// force already is disabled. Owned by `parent`. UI thread only.
QMenu* makeCellMenu(QWidget* parent, const CellMenuInputs& inputs, const CellMenuCalls& calls);

}  // namespace gatescope
