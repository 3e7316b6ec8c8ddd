using System.Runtime.InteropServices;

namespace Mimir.Cli;

/// <summary>Turns the first SIGINT (Ctrl-C) or SIGTERM into a cancellation; the second one ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    private const string ShowCursor = "\e[?25h";

    private readonly CliContext _context;
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _registrations = [];

    /// <summary>Listens from now on.</summary>
    public Interruption(CliContext context)
    {
        _context = context;
        _source = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        if (context.CatchSignals)
            _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Cancelled by the signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested)
        {
            if (_context.Interactive)
                _context.Error.Write(ShowCursor); // a progress display may have hidden it
            return;
        }

        signal.Cancel = true;
        _source.Cancel();
    }
}
