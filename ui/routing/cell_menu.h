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
};

/// What can be done to the experts of cells, each as the set that would be in force then: ablate,
/// route around, force, gate times, logit plus, swap with (of one cell), clear; and how many are
/// selected in every layer. What is in force already is disabled. `apply` is called with what was
/// chosen, `restrict` when it is to hold for some tokens only. Owned by `parent`. UI thread only.
QMenu* makeCellMenu(QWidget* parent,
                    const CellMenuInputs& inputs,
                    const std::function<void(const InterventionSet&)>& apply,
                    const std::function<void()>& restrict);

}  // namespace gatescope
