namespace Mimir.Kernels;

/// <summary>How the values of one patch are laid out.</summary>
public enum PatchOrder
{
    /// <summary>Channel by channel, as the weights of a patch convolution lie: value (c, row, column) at (c·p + row)·p + column.</summary>
    ChannelRowColumn,

    /// <summary>Pixel by pixel, as a masked auto-encoder's targets lie: value (c, row, column) at (row·p + column)·C + c.</summary>
    RowColumnChannel,
}
