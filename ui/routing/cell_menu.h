#pragma once

#include <QMenu>
#include <functional>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What can be done to the expert of a cell, each as the set that would be in force then: ablate,
/// route around, force, gate times, swap with, clear. What is in force already is disabled.
/// `apply` is called with what was chosen. Owned by `parent`. UI thread only.
QMenu* makeCellMenu(QWidget* parent,
                    const InterventionSet& inForce,
                    ExpertSite site,
                    int numExperts,
                    const std::function<void(const InterventionSet&)>& apply);

}  // namespace gatescope
