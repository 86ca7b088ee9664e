// Whoever sets the conditions of the virtual network names them.
@_exported public import LinkModel
