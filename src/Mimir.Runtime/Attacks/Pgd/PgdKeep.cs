namespace Mimir.Runtime.Attacks;

/// <summary>Which iterate of PGD is the result.</summary>
public enum PgdKeep
{
    /// <summary>The first that fools the model; the last where none does. An image that is fooled is done, which makes it the fastest.</summary>
    FirstSuccess,

    /// <summary>The one with the largest loss among those that fool the model, or among all where none does.</summary>
    BestLoss,

    /// <summary>The last, even if an earlier one fooled the model: what published PGD-K numbers are.</summary>
    Last,
}
