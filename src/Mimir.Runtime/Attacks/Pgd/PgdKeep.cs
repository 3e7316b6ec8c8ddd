namespace Mimir.Runtime.Attacks;

/// <summary>Which iterate of PGD is the result.</summary>
public enum PgdKeep
{
    /// <summary>The first that fools the model; where none does, the one with the largest loss among the last of every start. An image that is
    /// fooled is done, which makes it the fastest.</summary>
    FirstSuccess,

    /// <summary>The one with the largest loss among those that fool the model, or among all where none does.</summary>
    BestLoss,

    /// <summary>The last of the start that fooled the model with it, even if an earlier one did: what published PGD-K numbers are. Where none
    /// does, as with <see cref="FirstSuccess"/>.</summary>
    Last,
}
