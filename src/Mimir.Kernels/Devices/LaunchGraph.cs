using Mimir.Kernels.Devices.Driver;

namespace Mimir.Kernels.Devices;

/// <summary>The work of a loop's body as one launch. The executable form is kept from loop to loop and only gets new parameters while
/// the work has the same form, which is much cheaper than to make one.</summary>
internal sealed class LaunchGraph(PtxContext context) : IDisposable
{
    private nint _executable;

    /// <summary>Whether work is being recorded instead of done.</summary>
    public bool IsRecording { get; private set; }

    /// <summary>Records what <paramref name="body"/> starts, without running it.</summary>
    public void Record(Action body)
    {
        context.Enter();
        context.Require(context.Driver.StreamBeginCapture(context.Stream, CaptureMode.ThreadLocal), "cuStreamBeginCapture");
        IsRecording = true;
        nint graph = 0;
        try
        {
            body();
            context.Require(context.Driver.StreamEndCapture(context.Stream, out graph), "cuStreamEndCapture");
            IsRecording = false;
            Take(graph);
        }
        finally
        {
            if (IsRecording)
                _ = context.Driver.StreamEndCapture(context.Stream, out graph);
            IsRecording = false;
            if (graph != 0)
                _ = context.Driver.GraphDestroy(graph);
        }
    }

    /// <summary>Starts the recorded work once.</summary>
    public void Launch() => context.Require(context.Driver.GraphLaunch(_executable, context.Stream), "cuGraphLaunch");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_executable != 0)
            _ = context.Driver.GraphExecDestroy(_executable);
        _executable = 0;
    }

    private void Take(nint graph)
    {
        if (_executable != 0 && context.Driver.GraphExecUpdate(_executable, graph) == DriverResult.Success)
            return;
        Dispose();
        context.Require(context.Driver.GraphInstantiate(out _executable, graph, 0), "cuGraphInstantiate");
    }
}
