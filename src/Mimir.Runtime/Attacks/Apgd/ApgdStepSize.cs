namespace Mimir.Runtime.Attacks;

/// <summary>The step length of one image's auto-PGD, which is halved at a checkpoint where the loss has stopped to rise (Croce and Hein 2020,
/// arXiv:2003.01690, section 3.1, as their code has it).</summary>
internal struct ApgdStepSize
{
    private readonly ApgdCheckpoints _checkpoints;
    private readonly float _rho;
    private int _interval;
    private int _since;
    private int _rises;
    private float _loss;
    private float _bestAtCheckpoint;
    private bool _halved;

    /// <summary>Begins after the evaluation of the start.</summary>
    /// <param name="checkpoints">When to look back.</param>
    /// <param name="rho">The share of iterations in which the loss must have risen, ρ.</param>
    /// <param name="length">The first step's length.</param>
    /// <param name="loss">The loss at the start.</param>
    public ApgdStepSize(ApgdCheckpoints checkpoints, float rho, float length, float loss)
    {
        (_checkpoints, _rho, Length) = (checkpoints, rho, length);
        (_interval, _bestAtCheckpoint) = (checkpoints.First, loss);
        _halved = true; // the original's start: the first checkpoint cannot halve for want of a new best
        _loss = 0; // the original compares the first loss with a table row that is still zero, not with the start's loss
    }

    /// <summary>The length of the next step, in the units of the ball.</summary>
    public float Length { get; private set; }

    /// <summary>Takes in an iteration.</summary>
    /// <param name="loss">The loss at the new point.</param>
    /// <param name="best">The largest loss of all points so far, this one included.</param>
    /// <returns>Whether the step was halved: the ascent goes on from the best point.</returns>
    public bool Observe(float loss, float best)
    {
        _rises += loss > _loss ? 1 : 0;
        _loss = loss;
        if (++_since < _interval)
            return false;
        var oscillates = _rises <= _interval * _rho;
        var stands = !_halved && _bestAtCheckpoint >= best;
        _halved = oscillates || stands;
        if (_halved)
            Length /= 2;
        (_bestAtCheckpoint, _since, _rises, _interval) = (best, 0, 0, _checkpoints.After(_interval));
        return _halved;
    }
}
