"""GraphDRP: a graph network over the drug's atoms and a one-dimensional CNN over the cell line's genes."""
